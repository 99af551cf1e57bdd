;;; trustlint in Emacs, with eglot: (load "path/to/emacs.el"), then `M-x eglot' in a template.  -*- lexical-binding: t -*-

;; Eglot has one server for a mode: where another one is wanted, take its modes out of `trustlint-modes' before this is loaded.
;; It shows no related places: they are in the message, and `M-x eglot-code-actions' and `M-.' go to them.

(require 'eglot)

(defvar trustlint-modes
  '(terraform-mode hcl-mode yaml-mode yaml-ts-mode json-mode js-json-mode json-ts-mode)
  "The modes of the files that are judged.")

(defvar trustlint-command '("trustlint" "server")
  "How the language server is started.")

(defvar trustlint-settings '(:minSeverity "warning")
  "What is shown: also `:profile \"audit\"'.")

(add-to-list 'eglot-server-programs
             (cons trustlint-modes
                   (lambda (&rest _)
                     (append trustlint-command
                             (list :initializationOptions trustlint-settings)))))

(provide 'trustlint)
