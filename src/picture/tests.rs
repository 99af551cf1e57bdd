//! What each form makes of a picture, whatever names are in it.

use super::*;

/// A name that is mark-up, an escape and a command somewhere.
const HOSTILE: &str =
    "x\"];<script>alert(1)</script>&lt;\\N`%%{init}%%\n::error::\u{1b}[2J\u{202e}--> ]]> #quot; |end";

fn node(group: usize, sort: Sort, name: &str) -> Node {
    Node { group, sort, name: name.to_owned(), arn: Some(name.to_owned()), address: None, place: None }
}

fn edge(from: usize, to: usize, state: State) -> Edge {
    Edge {
        from,
        to,
        actions: BTreeSet::from(["sts:AssumeRole".to_owned()]),
        state,
        rules: BTreeSet::new(),
        conditions: BTreeSet::from(["StringEquals sts:ExternalId".to_owned()]),
        places: BTreeSet::from([Place { path: "b/main.tf".to_owned(), line: 7 }]),
        count: 1,
        found: 0,
    }
}

fn group(name: &str, whose: Whose) -> Group {
    Group { name: name.to_owned(), whose }
}

/// Two accounts and a vendor, with an access that is allowed and one with a finding.
fn small() -> Picture {
    let groups = vec![
        group("tools (111111111111)", Whose::Own),
        group("prod (222222222222)", Whose::Own),
        group("999999999999", Whose::Outside),
    ];
    let nodes = vec![
        node(0, Sort::User, "user ci"),
        node(1, Sort::Role, "role deploy"),
        node(1, Sort::Resource, "aws_s3_bucket.data"),
        node(2, Sort::Account, "999999999999"),
    ];
    let mut wrong = edge(3, 1, State::Delegated);
    wrong.rules.insert("missing-external-id");
    wrong.found = 1;
    let edges = vec![edge(0, 1, State::Allowed), edge(0, 2, State::OnlyTarget), wrong];
    Picture { groups, nodes, edges, left_out: 0 }.tidied()
}

fn many(count: usize) -> Picture {
    let groups = (0..50).map(|at| group(&format!("account-{at} ({at:012})"), Whose::Own)).collect();
    let nodes = (0..200).map(|at| node(at % 50, Sort::Role, &format!("role r{at}"))).collect();
    let edges = (0..count).map(|at| edge(at % 200, (at / 200 + at + 1) % 200, State::Allowed)).collect();
    Picture { groups, nodes, edges, left_out: 0 }.tidied()
}

fn wanted(detail: Detail, form: Form) -> Wanted<'static> {
    Wanted { detail, focus: None, form }
}

#[test]
fn mermaid_says_by_shape_line_and_words_what_an_access_is() {
    let expected = "\
flowchart LR
  accTitle: Cross-account access
  accDescr: 3 accounts, 3 accesses, 1 with findings
  n0[\"999999999999\"]
  subgraph g1[\"prod (222222222222)\"]
    n1[\"role deploy\"]
    n2[(\"aws_s3_bucket.data\")]
  end
  subgraph g2[\"tools (111111111111)\"]
    n3[\"user ci\"]
  end
  n0 == \"sts:AssumeRole: the account decides #91;missing-external-id#93;\" ==> n1
  n3 -- \"sts:AssumeRole: allowed\" --> n1
  n3 -. \"sts:AssumeRole: denied: only the target allows it\" .-> n2
  classDef foreign fill:#fff,stroke:#000,stroke-width:3px,stroke-dasharray:6 3,color:#000
  class n0 foreign
  linkStyle 0 stroke:#b00020,stroke-width:2px
";
    assert_eq!(small().written(Form::Mermaid), expected);
}

#[test]
fn the_tree_is_readable_line_by_line() {
    let expected = "\
3 accounts, 3 accesses, 1 with findings
999999999999
  -> role deploy in prod (222222222222): sts:AssumeRole: the account decides [missing-external-id]
     if StringEquals sts:ExternalId
tools (111111111111)
  user ci
    -> role deploy in prod (222222222222): sts:AssumeRole: allowed
       if StringEquals sts:ExternalId
    -> aws_s3_bucket.data in prod (222222222222): sts:AssumeRole: denied: only the target allows it
       if StringEquals sts:ExternalId
";
    assert_eq!(small().written(Form::Tree), expected);
}

#[test]
fn accounts_sum_up_what_is_between_them() {
    let (picture, _) = small().reduced(wanted(Detail::Account, Form::Dot)).unwrap();
    assert_eq!(picture.title(), "3 accounts, 3 accesses, 1 with findings");
    let edges: Vec<_> = picture.edges.iter().map(|edge| (edge.count, edge.found, edge.state)).collect();
    assert_eq!(edges, [(1, 1, State::Delegated), (2, 0, State::Partly)]);
}

#[test]
fn a_focus_is_a_name_an_account_or_its_id() {
    for (focus, count) in
        [("deploy", 2), ("role deploy", 2), ("prod", 3), ("222222222222", 3), ("ci", 2), ("999999999999", 1)]
    {
        let wanted = Wanted { focus: Some(focus), ..wanted(Detail::Principal, Form::Json) };
        assert_eq!(small().reduced(wanted).unwrap().0.edges.len(), count, "{focus}");
    }
    let wrong = Wanted { focus: Some("deploi"), ..wanted(Detail::Principal, Form::Json) };
    assert_eq!(small().reduced(wrong).unwrap_err(), ["role deploy"]);
}

#[test]
fn mermaid_gets_no_more_than_it_draws() {
    let (picture, said) = many(5_000).reduced(wanted(Detail::Principal, Form::Mermaid)).unwrap();
    assert!(picture.edges.len() <= 480, "{}", picture.edges.len());
    assert!(picture.written(Form::Mermaid).len() <= 45_000);
    assert!(said.unwrap().starts_with("mermaid does not draw 5000 edges; the accounts are shown instead"));
    // The worst are kept.
    let mut picture = many(5_000);
    picture.edges[4_999].found = 1;
    let (picture, said) = picture.reduced(wanted(Detail::Account, Form::Mermaid)).unwrap();
    assert_eq!(picture.edges.iter().map(|edge| edge.found).sum::<usize>(), 1, "{said:?}");
    assert!(small().reduced(wanted(Detail::Principal, Form::Mermaid)).unwrap().1.is_none());
}

#[test]
fn a_page_holds_five_thousand_accesses() {
    let page = many(5_000).written(Form::Html);
    assert_eq!(page.matches("<tr>").count(), 5_001);
    // The drawing has the accounts.
    assert!(page.matches("<path class=\"edge").count() <= 2_500);
    assert!(page.len() < 5_000_000, "{}", page.len());
    assert!(many(200).written(Form::Html).matches("<path class=\"edge").count() == 200);
}

#[test]
fn a_page_loads_nothing_and_runs_one_script() {
    let page = small().written(Form::Html);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("default-src 'none'") && page.contains("script-src 'sha256-"));
    for outside in [" src=", "@import", "url(", "<link", "<img", "<iframe", "fetch("] {
        assert!(!page.contains(outside), "{outside}");
    }
    // Every button and field is reached by the keyboard.
    assert_eq!(page.matches("tabindex=\"0\"").count(), small().nodes.len());
    assert_eq!(page.matches("<button type=\"button\">").count(), 9);
}

#[test]
fn names_are_text_in_every_form() {
    let mut picture = small();
    for node in &mut picture.nodes {
        node.name = HOSTILE.to_owned();
        node.arn = Some(HOSTILE.to_owned());
    }
    for group in &mut picture.groups {
        group.name = HOSTILE.to_owned();
    }
    for edge in &mut picture.edges {
        edge.actions = BTreeSet::from([HOSTILE.to_owned()]);
        edge.conditions = BTreeSet::from([HOSTILE.to_owned()]);
        edge.places = BTreeSet::from([Place { path: HOSTILE.to_owned(), line: 1 }]);
    }
    let page = picture.written(Form::Html);
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"));
    let mermaid = picture.written(Form::Mermaid);
    assert_eq!(mermaid.lines().count(), small().written(Form::Mermaid).lines().count());
    assert!(!mermaid.contains(['<', '`', '%', '|', '\\']), "{mermaid}");
    let dot = picture.written(Form::Dot);
    assert!(dot.contains("x\\\"];<script>") && dot.contains("\\\\N`") && dot.contains("&amp;lt;"), "{dot}");
    let json: serde_json::Value = serde_json::from_str(&picture.written(Form::Json)).unwrap();
    assert_eq!(json["nodes"][0]["name"], HOSTILE);
    for form in [Form::Html, Form::Mermaid, Form::Dot, Form::Tree] {
        let text = picture.written(form);
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{form:?}");
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{form:?}");
    }
}
