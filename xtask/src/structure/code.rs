//! Reading files into modules: what each defines, imports and names.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Meta, TraitItem, UseTree, Visibility};

use super::File;

/// Names after one another, as written.
pub(super) type Words = Vec<String>;

/// A module, in a file of its own or in braces.
#[derive(Debug, Default)]
pub(super) struct Module {
    pub(super) path: Words,
    pub(super) file: String,
    /// What is defined in it, modules too.
    pub(super) items: BTreeSet<String>,
    /// What it imports: the name here, and from where.
    pub(super) imports: BTreeMap<String, Words>,
    /// From where it imports everything.
    pub(super) globs: Vec<Words>,
    /// The paths that its code names, imports too.
    pub(super) named: BTreeSet<Words>,
    /// What it implements for types.
    pub(super) implemented: Vec<Implemented>,
}

/// The methods that an `impl` gives to a type, and which of all methods of it they call on `self`.
#[derive(Debug, Default)]
pub(super) struct Implemented {
    pub(super) of: Words,
    pub(super) methods: BTreeSet<String>,
    pub(super) called: BTreeSet<String>,
}

/// Reads all files from `lib.rs` on.
pub(super) fn read(
    text: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<(BTreeMap<String, File>, Vec<Module>), String> {
    let (mut files, mut modules) = (BTreeMap::new(), Vec::new());
    let mut left = vec![(Words::new(), "lib.rs".to_owned(), String::new())];
    while let Some((module, path, folder)) = left.pop() {
        let source = text(&path).ok_or_else(|| format!("{path}: not there"))?;
        let parsed = syn::parse_file(&source).map_err(|error| format!("{path}: {error}"))?;
        let docs = parsed.attrs.iter().filter_map(documented).collect::<Vec<_>>().join("\n");
        let mut reader = Reader {
            file: File { module: module.clone(), docs, ..File::default() },
            stack: vec![Module { path: module, file: path.clone(), ..Module::default() }],
            ..Reader::default()
        };
        reader.visit_file(&parsed);
        reader.file.lines = lines(&source, &reader.tests);
        for below in reader.files_below {
            let stem = format!(
                "{folder}{}",
                below.iter().skip(reader.file.module.len()).cloned().collect::<Vec<_>>().join("/")
            );
            let [flat, nested] = [format!("{stem}.rs"), format!("{stem}/mod.rs")];
            let file = if text(&flat).is_some() { flat } else { nested };
            left.push((below, file, format!("{stem}/")));
        }
        modules.extend(reader.stack);
        modules.extend(reader.done);
        files.insert(path, reader.file);
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((files, modules))
}

/// Lines of code, without blank ones, comments and what is for tests only.
fn lines(source: &str, tests: &[RangeInclusive<usize>]) -> usize {
    let is_code = |(number, line): &(usize, &str)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with("//") && !tests.iter().any(|range| range.contains(number))
    };
    (1..).zip(source.lines()).filter(is_code).count()
}

/// A line of documentation.
fn documented(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

/// Whether an item is compiled for tests only: `cfg(test)`, also together with other conditions.
fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else { return false };
        list.path.is_ident("cfg") && needs_test(list.tokens.clone())
    })
}

fn needs_test(condition: TokenStream) -> bool {
    let tokens: Vec<_> = condition.into_iter().collect();
    match tokens.as_slice() {
        [TokenTree::Ident(name)] => name == "test",
        [TokenTree::Ident(name), TokenTree::Group(inside)] if name == "all" => {
            let inside: Vec<_> = inside.stream().into_iter().collect();
            let parts =
                inside.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ','));
            parts.into_iter().any(|part| needs_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(it) => &it.attrs,
        Item::Enum(it) => &it.attrs,
        Item::ExternCrate(it) => &it.attrs,
        Item::Fn(it) => &it.attrs,
        Item::Impl(it) => &it.attrs,
        Item::Macro(it) => &it.attrs,
        Item::Mod(it) => &it.attrs,
        Item::Static(it) => &it.attrs,
        Item::Struct(it) => &it.attrs,
        Item::Trait(it) => &it.attrs,
        Item::Type(it) => &it.attrs,
        Item::Union(it) => &it.attrs,
        Item::Use(it) => &it.attrs,
        _ => &[],
    }
}

/// Whether something that is `pub` says nothing of itself, and does not say that it need not.
fn lacks_docs(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_))
        && !attributes.iter().any(|one| documented(one).is_some() || is_exempt(one))
}

/// `#[expect(missing_docs, …)]`.
fn is_exempt(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let named = |token: TokenTree| matches!(token, TokenTree::Ident(name) if name == "missing_docs");
    list.path.is_ident("expect") && list.tokens.clone().into_iter().any(named)
}

/// The visibility of an item that has docs of its own; modules have them in their files.
fn visibility(item: &Item) -> Option<&Visibility> {
    Some(match item {
        Item::Const(it) => &it.vis,
        Item::Enum(it) => &it.vis,
        Item::Fn(it) => &it.vis,
        Item::Static(it) => &it.vis,
        Item::Struct(it) => &it.vis,
        Item::Trait(it) => &it.vis,
        Item::Type(it) => &it.vis,
        Item::Union(it) => &it.vis,
        _ => return None,
    })
}

/// The name that an item gives to something.
fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(it) => &it.ident,
        Item::Enum(it) => &it.ident,
        Item::Fn(it) => &it.sig.ident,
        Item::Macro(it) => it.ident.as_ref()?,
        Item::Mod(it) => &it.ident,
        Item::Static(it) => &it.ident,
        Item::Struct(it) => &it.ident,
        Item::Trait(it) => &it.ident,
        Item::Type(it) => &it.ident,
        Item::Union(it) => &it.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// Goes through one file.
#[derive(Default)]
struct Reader {
    file: File,
    /// The module in whose braces we are, last.
    stack: Vec<Module>,
    done: Vec<Module>,
    /// The modules that have files of their own.
    files_below: Vec<Words>,
    /// The lines that are for tests only.
    tests: Vec<RangeInclusive<usize>>,
    /// The `impl` in whose braces we are, last.
    implementing: Vec<Implemented>,
    /// How deep in functions we are: what is defined there is no item of the module.
    inside: usize,
}

impl Reader {
    fn is_skipped(&mut self, attributes: &[Attribute], place: proc_macro2::Span) -> bool {
        let first = attributes.first().map_or(place, Spanned::span).start().line;
        let skipped = is_for_tests(attributes);
        if skipped {
            self.tests.push(first..=place.end().line);
        }
        skipped
    }

    fn here(&mut self) -> Option<&mut Module> {
        self.stack.last_mut()
    }

    fn named(&mut self, path: Words) {
        if let Some(module) = self.here() {
            module.named.insert(path);
        }
    }

    fn called(&mut self, method: &str) {
        if let Some(own) = self.implementing.last_mut() {
            own.called.insert(method.to_owned());
        }
    }

    fn function(&mut self, name: &syn::Ident, end: proc_macro2::Span) {
        let lines = end.end().line + 1 - name.span().start().line;
        self.file.functions.push((name.to_string(), lines));
    }

    fn import(&mut self, tree: &UseTree, before: &Words) {
        let with = |name: &syn::Ident| {
            let mut path = before.clone();
            // `use a::b::{self}` is `use a::b`.
            if name != "self" || path.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        let (path, known_as) = match tree {
            UseTree::Path(it) => return self.import(&it.tree, &with(&it.ident)),
            UseTree::Group(it) => return it.items.iter().for_each(|item| self.import(item, before)),
            UseTree::Glob(_) => {
                if let Some(module) = self.here() {
                    module.globs.push(before.clone());
                }
                return self.named(before.clone());
            }
            UseTree::Name(it) => (with(&it.ident), None),
            UseTree::Rename(it) => (with(&it.ident), Some(it.rename.to_string())),
        };
        if let Some(name) = known_as.or_else(|| path.last().cloned())
            && let Some(module) = self.here()
        {
            module.imports.insert(name, path.clone());
        }
        self.named(path);
    }

    /// The paths among the tokens of a macro, and what is cloned there.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is = |at: usize, mark: char| matches!(tokens.get(at), Some(TokenTree::Punct(it)) if it.as_char() == mark);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(first) => {
                    let empty = matches!(tokens.get(at + 1), Some(TokenTree::Group(it)) if it.stream().is_empty() && it.delimiter() == Delimiter::Parenthesis);
                    let is_method = at > 0 && is(at - 1, '.');
                    self.file.clones += usize::from(is_method && first == "clone" && empty);
                    let mut path = vec![first.to_string()];
                    while is(at + 1, ':')
                        && is(at + 2, ':')
                        && let Some(TokenTree::Ident(next)) = tokens.get(at + 3)
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    let of_self =
                        at > 1 && matches!(tokens.get(at - 2), Some(TokenTree::Ident(it)) if it == "self");
                    if is_method && of_self {
                        self.called(&first.to_string());
                    }
                    if !is_method {
                        self.named(path);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item(&mut self, item: &'ast Item) {
        if self.is_skipped(attributes(item), item.span()) {
            return;
        }
        let defined = name(item).filter(|_| self.inside == 0);
        if visibility(item).is_some_and(|visibility| lacks_docs(visibility, attributes(item))) {
            self.file.undocumented.extend(defined.clone());
        }
        if let Some(module) = self.here() {
            module.items.extend(defined);
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        let attributes = match item {
            ImplItem::Const(it) => &it.attrs,
            ImplItem::Fn(it) => &it.attrs,
            ImplItem::Type(it) => &it.attrs,
            _ => return visit::visit_impl_item(self, item),
        };
        if !self.is_skipped(attributes, item.span()) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        let attributes = match item {
            TraitItem::Const(it) => &it.attrs,
            TraitItem::Fn(it) => &it.attrs,
            TraitItem::Type(it) => &it.attrs,
            _ => return visit::visit_trait_item(self, item),
        };
        if !self.is_skipped(attributes, item.span()) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let exempt = item.attrs.iter().any(is_exempt);
        for variant in item.variants.iter().filter(|it| !exempt && lacks_docs(&item.vis, &it.attrs)) {
            self.file.undocumented.push(format!("{}::{}", item.ident, variant.ident));
        }
        visit::visit_item_enum(self, item);
    }

    fn visit_field(&mut self, field: &'ast syn::Field) {
        if let Some(name) = field.ident.as_ref().filter(|_| lacks_docs(&field.vis, &field.attrs)) {
            self.file.undocumented.push(name.to_string());
        }
        if !self.is_skipped(&field.attrs, field.span()) {
            visit::visit_field(self, field);
        }
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if !self.is_skipped(&local.attrs, local.span()) {
            visit::visit_local(self, local);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let Some(parent) = self.stack.last() else { return };
        let mut path = parent.path.clone();
        path.push(module.ident.to_string());
        let Some((_, items)) = &module.content else {
            self.files_below.push(path);
            return;
        };
        let file = parent.file.clone();
        self.stack.push(Module { path, file, ..Module::default() });
        for item in items {
            self.visit_item(item);
        }
        self.done.extend(self.stack.pop());
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, &Words::new());
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.file.constants.push((item.ident.to_string(), written(&item.ty)));
        visit::visit_item_const(self, item);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.file.constants.push((item.ident.to_string(), written(&item.ty)));
        visit::visit_item_static(self, item);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.file.constants.push((item.ident.to_string(), written(&item.ty)));
        visit::visit_impl_item_const(self, item);
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.ident, item.block.span());
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if lacks_docs(&item.vis, &item.attrs) {
            self.file.undocumented.push(item.sig.ident.to_string());
        }
        self.function(&item.sig.ident, item.block.span());
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident, block.span());
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        self.inside += 1;
        visit::visit_block(self, block);
        self.inside -= 1;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = match &*item.self_ty {
            syn::Type::Path(it) => it.path.segments.iter().map(|segment| segment.ident.to_string()).collect(),
            _ => Words::new(),
        };
        let functions =
            item.items.iter().filter_map(|one| if let ImplItem::Fn(it) = one { Some(it) } else { None });
        let own = functions.filter(|it| item.trait_.is_none() && !is_for_tests(&it.attrs));
        let methods = own.map(|it| it.sig.ident.to_string()).collect();
        self.implementing.push(Implemented { of, methods, called: BTreeSet::new() });
        visit::visit_item_impl(self, item);
        let done = self.implementing.pop().filter(|done| !done.of.is_empty());
        if let Some(module) = self.here() {
            module.implemented.extend(done);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if matches!(&*call.receiver, syn::Expr::Path(it) if it.path.is_ident("self")) {
            self.called(&call.method.to_string());
        }
        self.file.clones += usize::from(call.method == "clone" && call.args.is_empty());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.named(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

/// A type as it is written.
fn written(ty: &syn::Type) -> String {
    ty.span().source_text().unwrap_or_default()
}
