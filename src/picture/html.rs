//! A picture as one page for a browser: a drawing, and a table of all accesses to search and sort.
//!
//! The page needs nothing else and loads nothing. Without its script it still has the whole table. Its policy allows the one script
//! that is in it, so no text of a template could ever be run.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Detail, Edge, Form, Picture, Wanted};
use crate::bounds;
use crate::report::{escaped, harmless_xml};

mod drawing;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

pub(super) fn write(picture: &Picture) -> String {
    let title = text(&picture.title());
    let mut page = String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    let hash = base64(&Sha256::digest(SCRIPT));
    // Writing to a string cannot fail.
    let _ = writeln!(
        page,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
         script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'\">"
    );
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = writeln!(page, "<title>trustlint: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>");
    page.push_str("<a class=\"skip\" href=\"#accesses\">Skip the drawing</a>\n<header>\n");
    let _ = writeln!(page, "<h1>Cross-account access</h1>\n<p>{title}</p>\n</header>\n<main>");
    drawn(picture, &mut page);
    table(picture, &mut page);
    let _ = writeln!(page, "</main>\n<script>{SCRIPT}</script>\n</body>\n</html>");
    page
}

/// The drawing: of the accounts, when it would have too many lines.
fn drawn(picture: &Picture, page: &mut String) {
    let accounts = Wanted { detail: Detail::Account, focus: None, form: Form::Html };
    let is_large = picture.edges.len() > bounds::DRAWN_EDGES;
    let coarser = is_large.then(|| picture.clone().reduced(accounts)).and_then(Result::ok);
    let shown = coarser.as_ref().map_or(picture, |(coarser, _)| coarser);
    page.push_str(
        "<section aria-labelledby=\"drawing-title\">\n<h2 id=\"drawing-title\">Who reaches what</h2>\n",
    );
    if is_large {
        page.push_str("<p>The drawing has the accounts; the table below has every access.</p>\n");
    }
    page.push_str(
        "<p class=\"legend\"><span class=\"solid\">allowed</span> <span class=\"dotted\">denied or not known</span> \
         <span class=\"found\">with findings</span></p>\n<div class=\"drawing\">\n",
    );
    page.push_str(&drawing::svg(shown));
    page.push_str("</div>\n</section>\n");
}

fn table(picture: &Picture, page: &mut String) {
    page.push_str(
        "<section aria-labelledby=\"accesses\">\n<h2 id=\"accesses\" tabindex=\"-1\">Accesses</h2>\n\
         <div class=\"tools\"><label for=\"search\">Search</label> <input id=\"search\" type=\"search\" autocomplete=\"off\">\n\
         <label><input id=\"found\" type=\"checkbox\"> only with findings</label>\n<output id=\"count\" for=\"search found\"></output></div>\n\
         <div class=\"wide\"><table>\n<thead><tr>",
    );
    for name in ["From", "Account", "To", "Account", "Actions", "Comes to", "Findings", "Conditions", "Where"]
    {
        let _ =
            write!(page, "<th scope=\"col\" aria-sort=\"none\"><button type=\"button\">{name}</button></th>");
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for edge in &picture.edges {
        row(picture, edge, page);
    }
    page.push_str("</tbody>\n</table></div>\n");
    if picture.left_out > 0 {
        let _ = writeln!(page, "<p>{} more accesses are left out.</p>", picture.left_out);
    }
    page.push_str("</section>\n");
}

fn row(picture: &Picture, edge: &Edge, page: &mut String) {
    let end = |index: usize| {
        let name = picture.nodes.get(index).map_or("", |node| node.name.as_str());
        let group = picture.group_of(index).map_or("", |group| group.name.as_str());
        format!("<td>{}</td><td>{}</td>", text(name), text(group))
    };
    let list = |items: Vec<&str>| items.into_iter().map(text).collect::<Vec<_>>().join("<br>");
    let actions = if edge.count > 1 {
        format!("{} accesses", edge.count)
    } else {
        list(edge.actions.iter().map(String::as_str).collect())
    };
    let rules: Vec<String> = edge.rules.iter().map(|rule| link(rule)).collect();
    let places: Vec<String> = edge.places.iter().map(super::Place::shown).collect();
    let _ = writeln!(
        page,
        "<tr{}>{}{}<td>{actions}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        if edge.found > 0 { " class=\"found\"" } else { "" },
        end(edge.from),
        end(edge.to),
        text(edge.state.words()),
        rules.join("<br>"),
        list(edge.conditions.iter().map(String::as_str).collect()),
        list(places.iter().map(String::as_str).collect()),
    );
}

/// The page of a rule, to be opened by whoever wants to.
fn link(rule: &str) -> String {
    format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", text(&crate::report::rule_url(rule)), text(rule))
}

/// A text between tags or in an attribute, in which everything can be seen.
fn text(text: &str) -> String {
    harmless_xml(&escaped(text)).into_owned()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let byte = |at: usize| u32::from(part.get(at).copied().unwrap_or_default());
        let whole = (byte(0) << 16) | (byte(1) << 8) | byte(2);
        for (at, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let digit = DIGITS.get((whole >> shift) as usize & 63).copied().unwrap_or(b'=');
            text.push(if at <= part.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    /// The values of RFC 4648, section 10.
    #[test]
    fn bytes_are_written_as_base64() {
        for (bytes, expected) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}
