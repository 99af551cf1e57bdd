//! A page in Markdown and as plain text.

use super::*;

const PAGE: &str = r##"# a-rule

What is
wrong.

## Reported

`a.tf`:

```hcl
x = 1 # error: [a-rule] "1"
# message: it is one
# help: make it two
# other: "y" the other side
# warning: [b-rule] ""# error""
y = "# error"
```

`a.json`:

```json
{
  "z": 3
}
```

```expect
a.json:2 error [a-rule] "3"
  message: it is three
b.json:2 other "z" elsewhere
a.json:2 other "z" the "z" side
```

## More reported

### One more

`b.tf`:

```hcl
v = 1 # info: [a-rule] "1"
```

## References

See [the guide](https://a.example/b).
"##;

#[test]
fn marks_are_not_shown_in_markdown() {
    let expected = "# a-rule\n\nWhat is\nwrong.\n\n## Reported\n\n`a.tf`:\n\n```hcl\nx = 1\ny = \"# error\"\n```\n\n`a.json`:\n\n```json\n{\n  \"z\": 3\n}\n```\n";
    assert_eq!(markdown(PAGE, Extent::FirstScreen), expected);
}

#[test]
fn the_rest_has_the_title() {
    let expected = "# a-rule\n\n## More reported\n\n### One more\n\n`b.tf`:\n\n```hcl\nv = 1\n```\n\n## References\n\nSee [the guide](https://a.example/b).\n";
    assert_eq!(markdown(PAGE, Extent::Rest), expected);
}

#[test]
fn plain_text_has_no_markup_and_shows_what_is_said_where() {
    let expected = r##"a-rule
======

What is
wrong.

Reported
--------

`a.tf`:

    x = 1
        ^ error
    = it is one
    = help: make it two
    y = "# error"
    - the other side
        ^^^^^^^^^ warning[b-rule]

`a.json`:

    {
      "z": 3
           ^ error
      = it is three
       - the "z" side
    }
"##;
    assert_eq!(plain(PAGE, Extent::FirstScreen, None), expected);
    assert!(plain(PAGE, Extent::Rest, None).ends_with("See the guide (https://a.example/b).\n"));
}

#[test]
fn prose_and_messages_are_wrapped_to_the_terminal() {
    let text = plain(PAGE, Extent::FirstScreen, Some(20));
    assert!(text.contains("\nWhat is wrong.\n"), "{text}");
    let text = plain("# a\n\n- one two three four five\n- six\n", Extent::FirstScreen, Some(12));
    assert_eq!(text, "a\n=\n\n- one two\n  three four\n  five\n- six\n");
    let text = plain(
        "# a\n\n```hcl\nx # error: [a] \"x\"\n# message: one two three\n```\n",
        Extent::FirstScreen,
        Some(14),
    );
    assert_eq!(text, "a\n=\n\n    x\n    ^ error\n    = one two\n      three\n");
}

#[test]
fn the_lead_is_the_first_paragraph() {
    assert_eq!(lead(PAGE), "What is wrong.");
}

/// No page that comes with the program loses a mark.
#[test]
fn every_mark_of_every_page_is_shown() {
    for rule in crate::rules::RULES {
        for extent in [Extent::FirstScreen, Extent::Rest] {
            let marks: usize = lines(rule.page, extent)
                .iter()
                .map(|line| if let Line::Code(_, marks) = line { marks.len() } else { 0 })
                .sum();
            let text = plain(rule.page, extent, None);
            let underlined = |line: &&str| {
                let line = line.trim_start().split(' ').next().unwrap_or_default();
                !line.is_empty() && (line.chars().all(|it| it == '^') || line.chars().all(|it| it == '-'))
            };
            let shown = text.lines().filter(|line| line.starts_with("    ")).filter(underlined);
            // A line of code may begin with a hyphen: there are at least as many.
            assert!(shown.count() >= marks, "{}: {text}", rule.name);
        }
    }
}
