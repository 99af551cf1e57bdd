use super::*;
use crate::parse::{Trivia, hcl, yaml};
use crate::source::Sources;

const RULE: &str = "unused-ignore";

struct Case {
    sources: Sources,
    bodies: Vec<(String, Span)>,
    metadata: Vec<MetadataIgnore>,
    config: Config,
}

impl Case {
    fn new(path: &str, text: &str) -> Self {
        let files =
            [(path.to_owned(), text.to_owned()), ("trustlint.toml".to_owned(), "[[ignore]]".to_owned())];
        let config = Config { path: Some("trustlint.toml".to_owned()), ..Config::default() };
        Self { sources: Sources::in_memory(files), bodies: Vec::new(), metadata: Vec::new(), config }
    }

    fn span(&self, needle: &str) -> Span {
        let id = self.sources.ids().find(|id| self.sources.path(*id) != "trustlint.toml").unwrap();
        let at = self.sources.text(id).unwrap().find(needle).unwrap();
        Span::new(id, at, at + needle.len())
    }

    /// A declaration from one text to the end of another.
    fn body(mut self, address: &str, from: &str, to: &str) -> Self {
        let body = self.span(from).join(self.span(to)).unwrap();
        self.bodies.push((address.to_owned(), body));
        self
    }

    fn finding(&self, needle: &str) -> Diagnostic {
        about_ignore(self.span(needle), "m".to_owned(), "", "", ["arn:aws:iam::111111111111:root", "x"])
    }

    fn apply(&self, findings: Vec<Diagnostic>) -> Outcome {
        let today = jiff::civil::date(2027, 1, 1);
        let bodies: Vec<_> = self.bodies.iter().map(|(address, body)| (address.as_str(), *body)).collect();
        apply(findings, &self.sources, &bodies, &self.metadata, &self.config, today)
    }

    /// Whether a finding at `needle` is suppressed.
    fn suppresses(&self, needle: &str) -> bool {
        !self.apply(vec![self.finding(needle)]).suppressed.is_empty()
    }

    fn meta(&self) -> Vec<String> {
        self.apply(Vec::new()).meta.into_iter().map(|finding| finding.into_said().message).collect()
    }
}

const HCL: &str = r##"resource "r" "one" {
  a = 1 # trustlint: ignore[unused-ignore] trailing
  b = 2
  // trustlint: ignore[unused-ignore] above
  c {
    d = "${"}"}" # not the end
    e = <<-EOT
      # trustlint: ignore[unused-ignore] in a heredoc
      f
    EOT
    g = "# trustlint: ignore[unused-ignore] in a string"
  }
  h = 3
}
"##;

#[test]
fn a_comment_covers_its_line_or_the_statement_below() {
    let case = Case::new("a.tf", HCL);
    for covered in ["a = 1", "d =", "      f", "g ="] {
        assert!(case.suppresses(covered), "{covered}");
    }
    for open in ["b = 2", "h = 3", "\"one\""] {
        assert!(!case.suppresses(open), "{open}");
    }
    let reasons: Vec<_> =
        case.apply(vec![case.finding("a = 1")]).suppressed.into_iter().map(|(_, why)| why.reason).collect();
    assert_eq!(reasons, ["trailing"]);
}

#[test]
fn text_that_looks_like_a_comment_is_not_one() {
    let inside = "x = <<EOT\n# trustlint: ignore[unused-ignore]\nEOT\ny = \"# trustlint: ignore[a]\"\n";
    assert_eq!(Case::new("a.tf", inside).meta(), Vec::<String>::new());
    let inside = "a: |\n  # trustlint: ignore[a]\nb: \"x # trustlint: ignore[a]\"\nc: a#trustlint: ignore[a]\nd:\n- k: >-\n    # trustlint: ignore[a]\n  l: 'two\n    # trustlint: ignore[a] lines'\n";
    assert_eq!(Case::new("a.yaml", inside).meta(), Vec::<String>::new());
}

#[test]
fn what_looks_like_a_comment_is_none_however_the_text_is_written() {
    let hcl = "a = <<-EOT\n  x ${b} # trustlint: ignore[a]\n  EOTX\n  # trustlint: ignore[a]\n  %{ if c }# trustlint: ignore[a]%{ endif }\n  EOT\nd = { \"#k // trustlint: ignore[a]\" = \"${f(\"# trustlint: ignore[a]\")} // trustlint: ignore[a]\" }\ne \"# trustlint: ignore[a]\" {\n}\n";
    assert_eq!(Case::new("a.tf", hcl).meta(), Vec::<String>::new());
    let yaml = "a: &x |+\n\n  # trustlint: ignore[a]\nb: !Sub >2-\n    # trustlint: ignore[a]\nc: [\"x\n\n  # trustlint: ignore[a]\", 'it''s # trustlint: ignore[a]']\n? |\n  # trustlint: ignore[a]\n: z\n";
    assert_eq!(Case::new("a.yaml", yaml).meta(), Vec::<String>::new());
}

#[test]
fn comments_behind_texts_are_comments() {
    let hcl = "a = <<EOT\nx\nEOT\nb = \"#\" # trustlint: ignore[unused-ignore] b\nc = f(\"//\", /* x */ 1) // trustlint: ignore[unused-ignore] c\nd = 1\n";
    let yaml = "a: |\n  # x\n# y\nb: '#' # trustlint: ignore[unused-ignore] b\nc: [\"#\", 1] # trustlint: ignore[unused-ignore] c\nd: 1\n";
    for (path, text, b, c, d) in [("a.tf", hcl, "b =", "c =", "d ="), ("a.yaml", yaml, "b:", "c:", "d:")] {
        let case = Case::new(path, text);
        assert!(case.suppresses(b) && case.suppresses(c) && !case.suppresses(d), "{path}");
    }
}

#[test]
fn a_block_that_does_not_parse_hides_no_comment_of_the_next() {
    let text = "r \"a\" {\n  x = \"\n  # trustlint: ignore[unused-ignore]\n}\n\n# trustlint: ignore[unused-ignore] r\nr \"b\" {\n  y = 1\n}\n";
    let case = Case::new("a.tf", text).body("r.b", "r \"b\"", "1\n}");
    assert!(case.suppresses("y = 1"));
    assert!(!case.suppresses("x = "));
}

#[test]
fn a_heredoc_is_part_of_the_statement_that_it_stands_in() {
    let text = "r {\n  # trustlint: ignore[unused-ignore] p\n  p = <<EOT\n{\n${x}\n}}\nEOT\n  q = 1\n}\n";
    let case = Case::new("a.tf", text);
    assert!(case.suppresses("${x}") && case.suppresses("}}"));
    assert!(!case.suppresses("q = 1"));
}

#[test]
fn a_comment_at_the_head_covers_the_declaration() {
    let above =
        "# trustlint: ignore[unused-ignore] r\nresource \"r\" \"x\" {\n  a = 1\n\n  b = 2\n}\nc = 3\n";
    let inside =
        "resource \"r\" \"x\" {\n  # trustlint: ignore[unused-ignore] r\n  a = 1\n\n  b = 2\n}\nc = 3\n";
    let beside =
        "resource \"r\" \"x\" { # trustlint: ignore[unused-ignore] r\n  a = 1\n\n  b = 2\n}\nc = 3\n";
    for text in [above, inside, beside] {
        let case = Case::new("a.tf", text).body("r.x", "resource", "\n}");
        assert!(case.suppresses("a = 1") && case.suppresses("b = 2"), "{text}");
        assert!(!case.suppresses("c = 3"), "{text}");
    }
}

#[test]
fn the_declaration_that_owns_a_finding_can_accept_it() {
    let text = "policy = 1\n# trustlint: ignore[unused-ignore] r\nresource \"r\" \"x\" {\n}\n";
    let case = Case::new("a.tf", text).body("r.x", "resource", "\n}");
    let mut finding = case.finding("policy");
    finding.primary.address = Some("r.x".into());
    assert_eq!(case.apply(vec![finding.clone()]).suppressed.len(), 1);
    // Two declarations with this address: nobody knows which one is meant.
    let case = case.body("r.x", "policy", "1");
    assert_eq!(case.apply(vec![finding]).suppressed.len(), 0);
}

#[test]
fn a_later_comment_inside_does_not_cover_the_declaration() {
    let text = "resource \"r\" \"x\" {\n  a = 1\n  # trustlint: ignore[unused-ignore] r\n  b = 2\n}\n";
    let case = Case::new("a.tf", text).body("r.x", "resource", "\n}");
    assert!(case.suppresses("b = 2") && !case.suppresses("a = 1"));
}

const YAML: &str = "Resources:
  # trustlint: ignore[unused-ignore] whole
  One:
    Type: T

    Properties:
      A: 1
  Two:
    Properties:
      Statement:
      - B: 2   # trustlint: ignore[unused-ignore] trailing
        C: don't
      # trustlint: ignore[unused-ignore] list
      - D: 4
        E: 5
      - F: 6
      # trustlint: ignore[unused-ignore] key with items
      Principal:
      - G
      H: 7
";

#[test]
fn yaml_comments_follow_the_indentation() {
    let case = Case::new("a.yaml", YAML);
    for covered in ["Type: T", "A: 1", "B: 2", "D: 4", "E: 5", "- G"] {
        assert!(case.suppresses(covered), "{covered}");
    }
    for open in ["Two:", "F: 6", "H: 7"] {
        assert!(!case.suppresses(open), "{open}");
    }
}

#[test]
fn a_yaml_comment_inside_the_head_covers_the_resource() {
    let text = "R:\n  One:\n    # trustlint: ignore[unused-ignore] r\n    Type: T\n    A: 1\n  Two: 2\n";
    for from in ["One:", "Type:"] {
        let case = Case::new("a.yml", text).body("One", from, "A: 1");
        assert!(case.suppresses("A: 1") && !case.suppresses("Two"), "{from}");
    }
}

#[test]
fn ignores_that_do_nothing_are_reported() {
    let text = "# trustlint: ignore[unused-ignore] a\n# trustlint: ignore[unused-ignor] b\n# trustlint: ignore c\n# trustlint: ignore[unused-ignore] until=2026-12-31 d\n# trustlint: ignore[unused-ignore] until=soon e\n# trustlint: ignore[unused-ignore, ] f\nx = 1\n";
    assert_eq!(
        Case::new("a.tf", text).meta(),
        [
            "unused ignore: no `unused-ignore` finding here",
            "there is no rule `unused-ignor`; did you mean `unused-ignore`?",
            "malformed trustlint comment",
            "ignore for `unused-ignore` expired on 2026-12-31",
            "`soon` is not a date, so this ignore has no effect",
            "malformed trustlint comment",
        ]
    );
}

#[test]
fn the_last_day_still_counts_and_then_the_finding_is_back() {
    let day = |until: &str| {
        Case::new("a.tf", &format!("x = 1 # trustlint: ignore[unused-ignore] until={until} r\n"))
    };
    assert!(day("2027-01-01").suppresses("x = 1"));
    assert!(!day("2026-12-31").suppresses("x = 1"));
}

#[test]
fn the_date_stands_anywhere_in_a_comment() {
    for request in [
        "until=2026-12-31 why",
        "why until=2026-12-31",
        "why (until=2026-12-31) else",
        "why, until=2026-12-31, else",
    ] {
        let case = Case::new("a.tf", &format!("x = 1 # trustlint: ignore[unused-ignore] {request}\n"));
        assert_eq!(case.meta(), ["ignore for `unused-ignore` expired on 2026-12-31"], "{request}");
        let later = Case::new(
            "a.tf",
            &format!("x = 1 # trustlint: ignore[unused-ignore] {}\n", request.replace("2026", "2027")),
        );
        let outcome = later.apply(vec![later.finding("x = 1")]);
        let [(_, Accepted { reason, in_source: true })] = outcome.suppressed.as_slice() else {
            panic!("{request}")
        };
        assert!(reason.starts_with("why") && !reason.contains("until"), "{reason}");
    }
}

#[test]
fn a_date_has_dashes() {
    for written in ["20270131", "2027-1-31", "+002027-01-31", "2027-01-31T00:00"] {
        let case =
            Case::new("a.tf", &format!("x = 1 # trustlint: ignore[unused-ignore] until={written} why\n"));
        assert_eq!(case.meta(), [format!("`{written}` is not a date, so this ignore has no effect")]);
        assert!(!case.suppresses("x = 1"));
    }
}

#[test]
fn an_ignore_of_a_rule_that_is_off_is_not_unused() {
    let mut case = Case::new("a.tf", "x = 1 # trustlint: ignore[unused-ignore] r\n");
    assert_eq!(case.meta().len(), 1);
    case.config.levels.insert(RULE.to_owned(), crate::config::Level::Off);
    assert_eq!(case.meta(), Vec::<String>::new());
}

#[test]
fn metadata_covers_its_declaration() {
    let mut case = Case::new("a.json", "{\"One\": {\"A\": 1}, \"Two\": 2}");
    let ignore = MetadataIgnore {
        rule: RULE.to_owned(),
        reason: Some("why".to_owned()),
        until: None,
        covers: vec![case.span("{\"A\": 1}")],
        span: case.span("One"),
    };
    case.metadata = vec![ignore.clone(), MetadataIgnore { until: Some("x".to_owned()), ..ignore }];
    assert!(case.suppresses("A") && !case.suppresses("Two"));
    assert_eq!(case.meta().len(), 2);
}

#[test]
fn every_part_of_a_configured_ignore_must_match() {
    let mut case = Case::new("a/b.tf", "x = 1\n");
    let mut finding = case.finding("x = 1");
    finding.primary.address = Some("aws_iam_role.x[\"k\"]".into());
    let fits = ConfigIgnore {
        rule: Some(RULE.to_owned()),
        address: Some("aws_iam_role.x".to_owned()),
        path: Some(crate::config::PathGlob::new("a/**").unwrap()),
        principal: Some("111111111111".to_owned()),
        fingerprint: Some(finding.fingerprint()),
        reason: Some("r".to_owned()),
        ..ConfigIgnore::default()
    };
    let mut suppressed = |ignore: ConfigIgnore| {
        case.config.ignores = vec![ignore];
        case.apply(vec![finding.clone()]).suppressed.len()
    };
    assert_eq!(suppressed(fits.clone()), 1);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(suppressed(ConfigIgnore { rule: some("other"), ..fits.clone() }), 0);
    assert_eq!(suppressed(ConfigIgnore { address: some("aws_iam_role.xy"), ..fits.clone() }), 0);
    assert_eq!(suppressed(ConfigIgnore { address: some("aws_iam_role"), ..fits.clone() }), 0);
    assert_eq!(suppressed(ConfigIgnore { principal: some("222222222222"), ..fits.clone() }), 0);
    assert_eq!(suppressed(ConfigIgnore { fingerprint: some("0"), ..fits.clone() }), 0);
    let path = Some(crate::config::PathGlob::new("b").unwrap());
    assert_eq!(suppressed(ConfigIgnore { path, ..fits }), 0);
    assert_eq!(case.meta(), ["unused ignore: no `unused-ignore` finding matches it"]);
}

proptest::proptest! {
    #[test]
    fn any_text_is_taken_apart_without_harm(text in "([ \n\"'#{}\\[\\]()$%<\\-|>:/*!&\\\\aé]|EOT|trustlint: ignore\\[[a-z, ]{0,4}\\] |\\$\\{|<<-E\n|/\\*|: \\|\n){0,60}") {
        for (path, trivia, indented) in [("a.tf", hcl::trivia as fn(_, &_) -> _, false), ("a.yaml", yaml::trivia, true)] {
            let id = Sources::in_memory([(path.to_owned(), text.clone())]).ids().next().unwrap();
            let trivia: Trivia = trivia(id, &text);
            for comment in &trivia.comments {
                proptest::prop_assert!(text.get(comment.range()).is_some_and(|it| it.starts_with(['#', '/'])));
            }
            let layout = layout::Layout::new(&text, &trivia, indented);
            for line in 0..=text.matches('\n').count() {
                let (first, last) = layout.statement(line);
                proptest::prop_assert!(first == line && last >= first);
            }
            let mut case = Case::new(path, &text);
            let id = case.sources.find(path).unwrap();
            case.bodies.push(("x".to_owned(), Span::new(id, 0, text.len())));
            case.meta();
        }
    }
}
