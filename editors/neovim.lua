-- trustlint in Neovim 0.7 to 0.10: `dofile("path/to/neovim.lua").setup()` in init.lua. From 0.11 on, the few lines in README.md do.

local M = {}

M.filetypes = { "terraform", "terraform-vars", "hcl", "yaml", "json", "toml", "sh" }

-- The directory of a configuration or repository above a file, else that of the file.
local function root_of(file)
  local directory = vim.fn.fnamemodify(file, ":p:h")
  for _, marker in ipairs({ "trustlint.toml", ".trustlint.toml", ".github/trustlint.toml", ".git" }) do
    local found = vim.fn.findfile(marker, directory .. ";")
    if found == "" then
      found = vim.fn.finddir(marker, directory .. ";")
    end
    if found ~= "" then
      local root = vim.fn.fnamemodify(found, ":p"):gsub("/$", "")
      root = root:sub(1, #root - #marker - 1)
      return root == "" and "/" or root
    end
  end
  return directory
end

local clients = {}

-- Attaches a buffer to the server of its project, which is started when it is not there.
function M.attach(buffer)
  local file = vim.api.nvim_buf_get_name(buffer)
  if file == "" or vim.bo[buffer].buftype ~= "" then
    return
  end
  local root = root_of(file)
  if not clients[root] then
    local uri = vim.uri_from_fname(root)
    local capabilities = vim.lsp.protocol.make_client_capabilities()
    -- They show no related places, so the server names them in the message.
    capabilities.textDocument.publishDiagnostics.relatedInformation = false
    clients[root] = vim.lsp.start_client({
      name = "trustlint",
      cmd = M.cmd or { "trustlint", "server" },
      root_dir = root,
      capabilities = capabilities,
      workspace_folders = { { uri = uri, name = root } },
      init_options = M.settings,
      on_exit = function()
        clients[root] = nil
      end,
    })
  end
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
end

-- Options are `cmd`, and `settings = { minSeverity = "info", profile = "audit" }`.
function M.setup(options)
  for key, value in pairs(options or {}) do
    M[key] = value
  end
  vim.api.nvim_create_autocmd("FileType", {
    pattern = M.filetypes,
    callback = function(event)
      M.attach(event.buf)
    end,
  })
end

return M
