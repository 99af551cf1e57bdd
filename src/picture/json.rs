//! A picture for programs, version 1. Keys are added, never changed.

use serde::Serialize;

use super::{Edge, Node, Picture, Place};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    accounts: Vec<Account<'a>>,
    nodes: Vec<JsonNode<'a>>,
    edges: Vec<JsonEdge<'a>>,
    /// Accesses that were too many.
    left_out: usize,
}

#[derive(Serialize)]
struct Account<'a> {
    id: String,
    name: &'a str,
    whose: &'static str,
}

#[derive(Serialize)]
struct JsonNode<'a> {
    id: String,
    account: String,
    kind: &'static str,
    name: &'a str,
    arn: Option<&'a str>,
    address: Option<&'a str>,
    place: Option<JsonPlace<'a>>,
}

#[derive(Serialize)]
struct JsonPlace<'a> {
    path: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct JsonEdge<'a> {
    from: String,
    to: String,
    state: &'static str,
    actions: Vec<&'a str>,
    conditions: Vec<&'a str>,
    rules: Vec<&'a str>,
    places: Vec<JsonPlace<'a>>,
    /// How many accesses it stands for, and how many of them have findings.
    accesses: usize,
    with_findings: usize,
}

pub(super) fn write(picture: &Picture) -> String {
    let account = |(at, it): (usize, &'_ super::Group)| (format!("a{at}"), it.whose.name());
    let accounts = picture.groups.iter().enumerate().map(|(at, it)| {
        let (id, whose) = account((at, it));
        Account { id, name: &it.name, whose }
    });
    let document = Document {
        version: 1,
        accounts: accounts.collect(),
        nodes: picture.nodes.iter().enumerate().map(|(at, it)| node(at, it)).collect(),
        edges: picture.edges.iter().map(edge).collect(),
        left_out: picture.left_out,
    };
    // What has only texts and numbers can be written.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn node(at: usize, it: &Node) -> JsonNode<'_> {
    JsonNode {
        id: format!("n{at}"),
        account: format!("a{}", it.group),
        kind: it.sort.name(),
        name: &it.name,
        arn: it.arn.as_deref(),
        address: it.address.as_deref(),
        place: it.place.as_ref().map(place),
    }
}

fn place(it: &Place) -> JsonPlace<'_> {
    JsonPlace { path: &it.path, line: it.line }
}

fn edge(it: &Edge) -> JsonEdge<'_> {
    JsonEdge {
        from: format!("n{}", it.from),
        to: format!("n{}", it.to),
        state: it.state.name(),
        actions: it.actions.iter().map(String::as_str).collect(),
        conditions: it.conditions.iter().map(String::as_str).collect(),
        rules: it.rules.iter().copied().collect(),
        places: it.places.iter().map(place).collect(),
        accesses: it.count,
        with_findings: it.found,
    }
}
