use super::*;
use crate::source::Sources;

fn script(text: &str, style: Style) -> (Sources, Script) {
    let sources = Sources::in_memory([("x.sh".to_owned(), text.to_owned())]);
    let id = sources.find("x.sh").unwrap();
    let mut script = Script::new();
    script.read(id, text, 0..text.len(), style);
    (sources, script)
}

fn folded(dialect: Dialect) -> Style {
    Style { dialect, layout: Layout::Folded, is_apart: true }
}

/// Commands as lines: words between bars, parts that are not literal in braces.
fn shown(commands: &[Command]) -> Vec<String> {
    let line = |command: &Command| {
        let set = command
            .assignments
            .iter()
            .map(|one| format!("{}={}", one.name, one.value.as_ref().map_or("?".to_owned(), word)));
        let words = command.words.iter().map(word);
        let redirects = command.redirects.iter().map(|one| match one {
            Redirect::From(it) => format!("<{}", word(it)),
            Redirect::To(it) => format!(">{}", word(it)),
            Redirect::Onto(it) => format!(">>{}", word(it)),
            Redirect::Text(it) => format!("<<{}", word(it)),
        });
        let pipe = if command.is_piped { "^|" } else { "" };
        pipe.to_owned() + &set.chain(words).chain(redirects).collect::<Vec<_>>().join("|")
    };
    commands.iter().map(line).collect()
}

fn word(word: &Word) -> String {
    let part = |part: &Part| match &part.kind {
        PartKind::Literal(text) => text.clone(),
        PartKind::Variable(name) => format!("{{{name}}}"),
        PartKind::Default(name, default) => format!("{{{name}:{}}}", self::word(default)),
        PartKind::Output(commands) => format!("{{{}}}", shown(commands).join("; ")),
        PartKind::Unknown => "{?}".to_owned(),
    };
    word.parts.iter().map(part).collect()
}

fn lines(text: &str) -> Vec<String> {
    shown(&script(text, Style::default()).1.commands)
}

#[test]
fn words_are_told_apart_as_a_shell_does() {
    for (text, expected) in [
        ("aws iam create-role --a=b c", "aws|iam|create-role|--a=b|c"),
        ("a \\\n  b \\\r\n c", "a|b|c"),
        ("a 'x y' \"p $q ${r}\" z\\ z", "a|x y|p {q} {r}|z z"),
        ("a ''", "a|"),
        ("a # not this\n", "a"),
        ("a b#c", "a|b#c"),
        ("X=1 Y='2 3' a", "X=1|Y=2 3|a"),
        ("X=\"${X:-lit eral}\"", "X={X:lit eral}"),
        ("X=${1:-a/b}", "X={1:a/b}"),
        ("X=(a b c)", "X=?"),
        ("X+=a", "X=?"),
        ("a ${X//b/c} ${#X} $((1 + 2))", "a|{?}|{?}|{?}"),
        ("a > x 2>&1 < y >> z", "a|>x|<y|>>z"),
        ("a &> /dev/null b", "a|b"),
        ("a <(b c) d", "a|{?}|d"),
        ("X=$(a \"$(b c)\" d) e", "X={a|{b|c}|d}|e"),
        ("X=`a b` c", "X={a|b}|c"),
        ("a $'it\\'s'", "a|it's"),
        ("a \"say \\\"x\\\" $\"", "a|say \"x\" $"),
        ("a ${{ secrets.x }} ${BASH_SOURCE[0]}", "a|{secrets.x}|{BASH_SOURCE}"),
        ("a --role <role-name> arn:<account id>:x", "a|--role|<role-name>|arn:<account id>:x"),
        ("a <in >out", "a|<in|>out"),
        ("sudo a", "sudo|a"),
    ] {
        assert_eq!(lines(text), [expected], "{text}");
    }
}

#[test]
fn commands_are_told_apart_by_operators_and_keywords() {
    for (text, expected) in [
        ("a; b & c", "a;b;c"),
        ("a | b", "a;^|b"),
        ("a && b || c", "a;b;c"),
        ("if a; then b; elif c; then d; else e; fi; f", "a;b;c;d;e;f"),
        ("for x in 1 2; do a $x; done\nb", "x=?;a|{x};b"),
        ("for x in one; do a; done", "x=one;a"),
        ("while read x; do a; done", "read|x;a"),
        ("case $x in\n  a|b) c ;;\n  *) d;;\nesac\ne", "c;d;e"),
        ("X=$(case $x in a) b;; esac) c", "X={b}|c"),
        ("f() { a; }\nfunction g { b; }\nf", "a;b;f"),
        ("(a; b); c", "a;b;c"),
        ("if [ -n \"$(a)\" ]; then b; fi", "[|-n|{a}|];b"),
        ("((x++)); a", "a"),
        ("! a", "a"),
    ] {
        assert_eq!(lines(text).join(";"), expected, "{text}");
    }
}

#[test]
fn a_heredoc_is_the_text_of_its_command() {
    for (text, expected) in [
        ("cat > f <<EOF\n{\"a\": \"$b\"}\nEOF\nc", "cat|>f|<<{\"a\": \"{b}\"}\n;c"),
        ("cat <<'EOF' > f\n$b\nEOF\nc", "cat|<<$b\n|>f;c"),
        ("cat <<-EOF\n\ta\n\tEOF\nc", "cat|<<\ta\n;c"),
        ("X=$(cat <<EOF\na\nEOF\n)\nc", "X={cat|<<a\n};c"),
        ("a <<A; b <<B\n1\nA\n2\nB\nc", "a|<<1\n;b|<<2\n;c"),
        ("a <<< 'x y'", "a|<<x y"),
        ("cat <<EOF\n\\$x \\a\nEOF", "cat|<<$x \\a\n"),
        ("cat <<EOF\nno end", "cat|<<no end"),
    ] {
        assert_eq!(lines(text).join(";"), expected, "{text}");
    }
}

#[test]
fn what_stands_in_a_branch_loop_or_function_is_in_a_block_of_its_own() {
    let text = "a\nif b; then c; else d; fi\nf() {\n  e && g\n}\nwhile h; do i; done\nj";
    let (_, script) = script(text, Style::default());
    let kinds: Vec<String> = script
        .commands
        .iter()
        .map(|command| {
            let around =
                script.around(command.block).map(|block| match &script.blocks.get(block).unwrap().kind {
                    BlockKind::File => "file".to_owned(),
                    BlockKind::Branch => "branch".to_owned(),
                    BlockKind::Loop => "loop".to_owned(),
                    BlockKind::Function(name) => format!("{name}()"),
                });
            around.collect::<Vec<_>>().join("<")
        })
        .collect();
    let expected = [
        "file",
        "file",
        "branch<file",
        "branch<file",
        "f()<file",
        "branch<f()<file",
        "loop<file",
        "loop<file",
        "file",
    ];
    assert_eq!(kinds, expected);
    let [_, _, then, otherwise, ..] = script.commands.as_slice() else { panic!("{kinds:?}") };
    assert_ne!(then.block, otherwise.block);
}

#[test]
fn literal_parts_are_written_where_they_are_underlined() {
    let text = "aws --policy '{\"a\": 1}' \"x\\\"y\" <<EOF\nab$c\nEOF\n";
    let (sources, script) = script(text, Style::default());
    let command = script.commands.first().unwrap();
    let Some(Redirect::Text(heredoc)) = command.redirects.first() else { panic!("{command:?}") };
    for word in command.words.iter().chain([heredoc]) {
        for part in &word.parts {
            if let PartKind::Literal(text) = &part.kind {
                let written = sources.slice(part.span);
                assert!(written == *text || written == format!("\\{text}"), "{written} is not {text}");
            }
        }
    }
    assert_eq!(sources.slice(command.words.get(2).unwrap().span), "'{\"a\": 1}'");
}

#[test]
fn make_and_just_put_values_in_before_the_shell_sees_them() {
    let make = Style { dialect: Dialect::Make, ..Style::default() };
    let (_, read) = script("a $(NAME) $$SHELL '$(NAME)' $(shell x y) \"${B}\"", make);
    assert_eq!(shown(&read.commands), ["a|{NAME}|{SHELL}|{NAME}|{?}|{B}"]);
    let just = Style { dialect: Dialect::Just, ..Style::default() };
    let (_, read) = script("a {{name}} '{{ x }}' {{f(x)}}", just);
    assert_eq!(shown(&read.commands), ["a|{name}|{x}|{?}"]);
}

#[test]
fn no_text_hangs_or_panics() {
    for text in [
        "$(",
        "${",
        "\"",
        "'",
        "`",
        "<<",
        "a <<E",
        "((",
        "case x in",
        "case x in a",
        "f() ",
        "if",
        ")",
        "$((",
        "${a:-",
        "\\",
        "&>",
        "a &&",
        "|",
        "{{",
        "for",
        "<(",
        "$'",
    ] {
        for style in
            [Style::default(), folded(Dialect::Make), folded(Dialect::Just), folded(Dialect::PowerShell)]
        {
            script(text, style);
            script(&text.repeat(2_000), style);
            script(&format!("a {text} b\nc {text}\n"), style);
        }
    }
}
