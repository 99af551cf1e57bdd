//! Expressions over every function and operator of Terraform, the same ones every time.

#![expect(clippy::indexing_slicing, reason = "test helpers")]

/// Expressions made for each function.
const EACH: usize = 64;
/// Expressions made for each operator.
const EACH_OPERATOR: usize = 40;

/// What an argument is.
#[derive(Clone, Copy)]
enum Kind {
    /// A string.
    Text,
    /// A number.
    Number,
    /// A small whole number, mostly.
    Index,
    /// A boolean.
    Bool,
    /// A list of strings.
    Texts,
    /// A list of anything.
    List,
    /// A list of numbers.
    Numbers,
    /// A list of booleans.
    Bools,
    /// A map or an object.
    Map,
    /// A map of lists of strings.
    Lists,
    /// Anything.
    Any,
    /// One of these, as written in HCL.
    From(&'static [&'static str]),
}

use Kind::{Any, Bool, Bools, From, Index, List, Lists, Map, Number, Numbers, Text, Texts};

const LAYOUTS: Kind = From(&[
    r#""%s""#,
    r#""%s-%s""#,
    r#""%d""#,
    r#""%v/%v""#,
    r#""%%""#,
    r#""%05d|%-6s|""#,
    r#""%[2]s%[1]s""#,
    r#""%q""#,
    r#""arn:aws:iam::%s:role/%s""#,
    r#""%.2f""#,
    r#""%x""#,
    r#""%t""#,
    r#""%#v""#,
    r#""%5.1f|""#,
    r#""%+d""#,
    r#""%s""#,
    r#""%o %b""#,
    r#""%z""#,
    r#""%""#,
    r#""%3s|%-3s|%03s""#,
    r#""%.2s""#,
    r#""x""#,
    r#""%v""#,
    r#""% d""#,
    r#""%e""#,
]);
const PATTERNS: Kind = From(&[
    r#""[a-z]+""#,
    r#""(\\d+)""#,
    r#""^(.)(.*)$""#,
    r#""(?P<first>\\w)(?P<rest>.*)""#,
    r#""a|b""#,
    r#""(a)|(b)""#,
    r#""\\s+""#,
    r#""[^a-z]""#,
    r#""(?i)ABC""#,
    r#""\\.""#,
    r#""^arn:aws:iam::(\\d{12}):role/(.+)$""#,
    r#""b*""#,
    r#""""#,
    r#""[[:digit:]]+""#,
    r#""\\b[a-z]""#,
    r#""(""#,
    r#""a{2,}""#,
    r#""x{,2}""#,
    r#""[\\w./-]+""#,
    r#""(?P<a>.)(.)""#,
    r#""$""#,
    r#""(?:a|b)+?""#,
    r#""[a&&b~]""#,
    r#""\\D\\W\\S""#,
]);
const NEEDLES: Kind = From(&[
    r#""a""#,
    r#""-""#,
    r#""/""#,
    r#""//""#,
    r#"":""#,
    r#""""#,
    r#""ab""#,
    r#""/[a-z]/""#,
    r#""/(\\w)(\\w)/""#,
    r#""/\\s/""#,
    r#"".""#,
    r#""/b*/""#,
    r#""arn:aws:""#,
    r#"",""#,
    r#""l""#,
    r#""/^(.)/""#,
]);
const REPLACEMENTS: Kind = From(&[
    r#""""#,
    r#""-""#,
    r#""$1""#,
    r#""$2$1""#,
    r#""$${1}x""#,
    r#""$1x""#,
    r#""$$""#,
    r#""é""#,
    r#""xy""#,
    r#""$""#,
]);
const RANGES: Kind = From(&[
    r#""10.0.0.0/16""#,
    r#""10.0.0.7/24""#,
    r#""192.168.1.128/25""#,
    r#""0.0.0.0/0""#,
    r#""10.0.0.0/32""#,
    r#""2001:db8::/32""#,
    r#""fe80::/64""#,
    r#""10.0.0.0""#,
    r#""10.0.0.0/33""#,
    r#""::/0""#,
    r#""172.16.0.0/12""#,
    r#""x/8""#,
    r#""2001:db8::1/128""#,
]);
const STAMPS: Kind = From(&[
    r#""2018-01-02T23:12:01Z""#,
    r#""2020-02-29T00:00:00+01:00""#,
    r#""1999-12-31T23:59:59.5Z""#,
    r#""2021-06-15T12:30:00-08:00""#,
    r#""2018-01-02""#,
    r#""2021-02-29T00:00:00Z""#,
    r#""2024-03-10T09:05:03Z""#,
    r#""x""#,
]);
const DURATIONS: Kind = From(&[
    r#""10m""#,
    r#""-1h30m""#,
    r#""1.5s""#,
    r#""36h""#,
    r#""0""#,
    r#""1x""#,
    r#""250ms""#,
    r#""+2h""#,
    r#""""#,
    r#""1h1h""#,
]);
const DATES: Kind = From(&[
    r#""YYYY-MM-DD""#,
    r#""DD MMM YYYY hh:mm ZZZ""#,
    r#""EEEE, D-MMMM-YY H:m:s AA""#,
    r#""hh 'o''clock' Z""#,
    r#""Y""#,
    r#""EEE HH aa ZZZZ ZZZZZ""#,
    r#""YYYYMMDDhhmmss""#,
    r#""M/D h:mm""#,
    r#""'x""#,
    r#""Q""#,
]);
const DOCUMENTS: Kind = From(&[
    r#""{\"a\":[1,2.0,true,null],\"b\":{\"c\":\"d\"}}""#,
    r#""[]""#,
    r#""\"x\"""#,
    r#""12""#,
    r#""null""#,
    r#""{""#,
    r#""""#,
    r#""{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\"}]}""#,
    r#""[1e3,\"é\\u0041\\n\"]""#,
    r#""{\"a\":1,\"a\":2}""#,
    r#"jsonencode({ b = [1, "x"], a = null })"#,
    r#""{\"z\":1,\"a\":{\"y\":[],\"b\":false}}""#,
]);
const YAML: Kind = From(&[
    r#""a: yes\nb: on\nc: 012\nd: 0x1F\n""#,
    r#""- a\n- b: 1\n  c: [x, no]\n""#,
    r#""a: |\n  x\n  y\nb: >-\n  p\n  q\n""#,
    r#""Version: 2012-10-17\nStatement: []\n""#,
    r#""a: '1'\nb: \"x: y\"\nc: ~\nd: 1.50\n""#,
    r#""1: a\ntrue: b\n""#,
    r#""x""#,
    r#""a: &x {b: 1}\nc: *x\nd:\n  <<: *x\n  e: 2\n""#,
    r#""a: 1_000\nb: 0b1\nc: 1:30\nd: +5\ne: 5.\nf: .5\n""#,
    r#""""#,
    r#""012345678901: prod\n\"012\": x\n""#,
    r#""a: [1, {b: c}]\nd: {}\n""#,
    r#""- 1e3\n- 0o17\n- 1e\n- -5\n- N\n- oN\n""#,
    r#""a: 1\na: 2\n""#,
    r#""a:\n- x\n- 'y'\nb:\n""#,
    r#""a: !foo x""#,
    r#""a: b # c\nd: 'e # f'\n""#,
    r#""a: x  y\n""#,
]);
const CSV: Kind = From(&[
    r#""a,b\n1,2\n\"x,y\",\"q\"\"q\"\n""#,
    r#""a,b\n1\n""#,
    r#""a,a\n1,2""#,
    r#""""#,
    r#""a,b\r\n 1, 2\r\n\r\n3,4""#,
    r#""name\nx\ny""#,
    r#""a\n\"\"\n""#,
    r#""a,b\n,\n""#,
    r#""a\nx\"y\n""#,
]);
const BASE64: Kind = From(&[
    r#""aGVsbG8=""#,
    r#""aGk=""#,
    r#""aGk""#,
    r#""""#,
    r#""YQ==""#,
    r#""!!""#,
    r#""w6k=""#,
    r#""aGVs\nbG8=""#,
    r#"base64encode("x y")"#,
    r#""/w==""#,
    r#""aABpAA==""#,
]);
const CODES: Kind = From(&[r#""UTF-16LE""#, r#""UTF-8""#, r#""UTF-16BE""#, r#""utf-16le""#]);
const SPACES: Kind = From(&[
    r#""dns""#,
    r#""url""#,
    r#""oid""#,
    r#""x500""#,
    r#""x""#,
    r#""6ba7b810-9dad-11d1-80b4-00c04fd430c8""#,
    r#""a5008fae-b28c-5ba5-96cd-82b4c53552d6""#,
]);
const DIGITS: Kind = From(&[
    r#""ff""#, r#""FF""#, r#""-10""#, r#""012""#, r#""zZ""#, r#""9""#, r#""""#, r#""1_0""#, r#""+7""#,
    r#""111""#, "12", "\"0x1\"",
]);
const BASES: Kind = From(&["2", "8", "10", "16", "36", "62", "1", "63", "10.5"]);
const KEYS: Kind = From(&[r#""a""#, r#""b""#, r#""c""#, r#""z""#, "1", r#""env""#, "true"]);
const PATHS: Kind = From(&[
    r#""/a/b/""#,
    r#""a/b/c.txt""#,
    r#""""#,
    r#""/""#,
    r#"".""#,
    r#""a""#,
    r#""a//b/../c""#,
    r#""../x/y""#,
    r#""/../a""#,
    r#""./a/./b""#,
    r#""a/..""#,
    r#""//""#,
]);
const SEPARATORS: Kind =
    From(&[r#"",""#, r#""-""#, r#"":""#, r#""/""#, r#""""#, r#"", ""#, r#""ab""#, r#"" ""#]);
const BITS: Kind = From(&["0", "1", "2", "4", "8", "16", "-1", "\"3\"", "1.5"]);

/// The functions, with their arguments; a last argument in the third place may be repeated.
const FUNCTIONS: &[(&str, &[Kind], Option<Kind>)] = &[
    ("abs", &[Number], None),
    ("alltrue", &[Bools], None),
    ("anytrue", &[Bools], None),
    ("base64decode", &[BASE64], None),
    ("base64encode", &[Text], None),
    ("base64sha256", &[Text], None),
    ("base64sha512", &[Text], None),
    ("basename", &[PATHS], None),
    ("ceil", &[Number], None),
    ("chomp", &[Text], None),
    ("chunklist", &[List, Index], None),
    ("cidrhost", &[RANGES, Index], None),
    ("cidrnetmask", &[RANGES], None),
    ("cidrsubnet", &[RANGES, BITS, Index], None),
    ("cidrsubnets", &[RANGES, BITS], Some(BITS)),
    ("coalesce", &[Any], Some(Any)),
    ("coalesce", &[Text], Some(Text)),
    ("coalescelist", &[List], Some(List)),
    ("compact", &[Texts], None),
    ("concat", &[List], Some(List)),
    ("contains", &[List, Any], None),
    ("contains", &[Texts, Text], None),
    ("csvdecode", &[CSV], None),
    ("dirname", &[PATHS], None),
    ("distinct", &[List], None),
    ("element", &[List, Index], None),
    ("endswith", &[Text, Text], None),
    ("flatten", &[List], None),
    ("floor", &[Number], None),
    ("format", &[LAYOUTS], Some(Any)),
    ("format", &[LAYOUTS, Text], Some(Number)),
    ("formatdate", &[DATES, STAMPS], None),
    ("formatlist", &[LAYOUTS], Some(Any)),
    ("formatlist", &[LAYOUTS, Texts], Some(Text)),
    ("indent", &[Index, Text], None),
    ("index", &[List, Any], None),
    ("index", &[Texts, Text], None),
    ("join", &[SEPARATORS, Texts], Some(Texts)),
    ("join", &[Text, List], None),
    ("jsondecode", &[DOCUMENTS], None),
    ("jsonencode", &[Any], None),
    ("keys", &[Map], None),
    ("length", &[Any], None),
    ("log", &[Number, Number], None),
    ("lookup", &[Map, KEYS], Some(Any)),
    ("lookup", &[Map, KEYS, Text], None),
    ("lower", &[Text], None),
    ("matchkeys", &[List, Texts, Texts], None),
    ("max", &[Number], Some(Number)),
    ("md5", &[Text], None),
    ("merge", &[Map], Some(Map)),
    ("min", &[Number], Some(Number)),
    ("nonsensitive", &[Any], None),
    ("one", &[List], None),
    ("parseint", &[DIGITS, BASES], None),
    ("pow", &[Index, Index], None),
    ("range", &[Index], Some(Index)),
    ("regex", &[PATTERNS, Text], None),
    ("regexall", &[PATTERNS, Text], None),
    ("replace", &[Text, NEEDLES, REPLACEMENTS], None),
    ("reverse", &[List], None),
    ("sensitive", &[Any], None),
    ("setintersection", &[List], Some(List)),
    ("setintersection", &[Texts], Some(Texts)),
    ("setproduct", &[Texts], Some(List)),
    ("setsubtract", &[Texts, Texts], None),
    ("setsubtract", &[List, List], None),
    ("setunion", &[List], Some(List)),
    ("sha1", &[Text], None),
    ("sha256", &[Text], None),
    ("sha512", &[Text], None),
    ("signum", &[Number], None),
    ("slice", &[List, Index, Index], None),
    ("sort", &[Texts], None),
    ("split", &[SEPARATORS, Text], None),
    ("startswith", &[Text, Text], None),
    ("strcontains", &[Text, NEEDLES], None),
    ("strrev", &[Text], None),
    ("substr", &[Text, Index, Index], None),
    ("sum", &[Numbers], None),
    ("textdecodebase64", &[BASE64, CODES], None),
    ("textencodebase64", &[Text, CODES], None),
    ("timeadd", &[STAMPS, DURATIONS], None),
    ("timecmp", &[STAMPS, STAMPS], None),
    ("title", &[Text], None),
    ("tobool", &[Any], None),
    ("tobool", &[Bool], None),
    ("tolist", &[List], None),
    ("tomap", &[Map], None),
    ("tonumber", &[Any], None),
    ("tonumber", &[Number], None),
    ("toset", &[List], None),
    ("toset", &[Texts], None),
    ("tostring", &[Any], None),
    ("transpose", &[Lists], None),
    ("trim", &[Text, Text], None),
    ("trimprefix", &[Text, Text], None),
    ("trimspace", &[Text], None),
    ("trimsuffix", &[Text, Text], None),
    ("upper", &[Text], None),
    ("urlencode", &[Text], None),
    ("uuidv5", &[SPACES, Text], None),
    ("values", &[Map], None),
    ("yamldecode", &[YAML], None),
    ("yamlencode", &[Any], None),
    ("zipmap", &[Texts, List], None),
];

/// The operators, with what stands on both sides.
const OPERATORS: &[(&str, Kind)] = &[
    ("==", Any),
    ("!=", Any),
    ("==", Text),
    ("<", Number),
    ("<=", Number),
    (">", Number),
    (">=", Number),
    ("+", Number),
    ("-", Number),
    ("*", Number),
    ("/", Number),
    ("%", Number),
    ("&&", Bool),
    ("||", Bool),
];

const TEXTS: &[&str] = &[
    r#""""#,
    r#""a""#,
    r#""b""#,
    r#""c""#,
    r#""ab""#,
    r#""abc""#,
    r#""Hello World""#,
    r#""hello""#,
    r#""he""#,
    r#""a,b,,c""#,
    r#""12""#,
    r#""012""#,
    r#""1.50""#,
    r#""true""#,
    r#""false""#,
    r#""é-ß""#,
    r#""A-b_c's""#,
    r#""a/b/c.txt""#,
    r#""  pad\t\n""#,
    r#""one\ntwo\r\n""#,
    r#""arn:aws:iam::123456789012:role/path/name""#,
    r#""arn:aws:s3:::bucket/*""#,
    r#""111111111111""#,
    r#""x=1;y=2""#,
    r#""<&>""#,
    r#""q\"q\\""#,
    r#""aab""#,
    r#""foo-bar-baz""#,
    r#""1e3""#,
    r#""*""#,
    r#""sts:AssumeRole""#,
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "3",
    "10",
    "-1",
    "-3",
    "1.5",
    "0.5",
    "2.25",
    "0.1",
    "100",
    "1e3",
    "012",
    "\"2\"",
    "\"0.75\"",
    "12345678901",
    "-7",
    "1.10",
    "123456789012345678901234567890",
    "\"x\"",
    "7",
    "-0.5",
    "4",
];
const INDICES: &[&str] = &["0", "1", "2", "3", "5", "-1", "-2", "\"1\"", "0.5", "10", "0", "1", "2", "4"];
const BOOLS: &[&str] = &["true", "false", "\"true\"", "\"false\"", "\"1\"", "true", "false"];

/// Repeatable choices (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % sides
    }

    fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }

    fn several(&mut self, most: usize, mut make: impl FnMut(&mut Self) -> String) -> String {
        let count = self.roll(most + 1);
        (0..count).map(|_| make(self)).collect::<Vec<_>>().join(", ")
    }

    fn argument(&mut self, kind: Kind, depth: usize) -> String {
        if self.roll(40) == 0 {
            return if self.roll(3) == 0 { "null".to_owned() } else { self.argument(Any, 0) };
        }
        match kind {
            From(all) => self.pick(all).to_owned(),
            Text => self.text(depth),
            Number => self.pick(NUMBERS).to_owned(),
            Index => self.pick(INDICES).to_owned(),
            Bool => self.pick(BOOLS).to_owned(),
            Texts => self.texts(depth),
            List => self.list(depth),
            Numbers => format!("[{}]", self.several(4, |dice| dice.pick(NUMBERS).to_owned())),
            Bools => format!("[{}]", self.several(4, |dice| dice.pick(BOOLS).to_owned())),
            Map => self.map(depth),
            Lists => {
                let texts = |dice: &mut Self| format!("{} = {}", dice.pick(&["a", "b", "c"]), dice.texts(0));
                format!("{{ {} }}", self.several(3, texts))
            }
            Any => {
                let kind = [Text, Number, Bool, Texts, List, Map, Text, Map][self.roll(8)];
                self.argument(kind, depth)
            }
        }
    }

    fn text(&mut self, depth: usize) -> String {
        match self.roll(if depth > 0 { 8 } else { 5 }) {
            5 => format!("join(\"-\", {})", self.texts(0)),
            6 => format!("lower({})", self.pick(TEXTS)),
            7 => format!("format(\"%s/%s\", {}, {})", self.pick(TEXTS), self.pick(NUMBERS)),
            _ => self.pick(TEXTS).to_owned(),
        }
    }

    fn texts(&mut self, depth: usize) -> String {
        let items = self.several(4, |dice| {
            if dice.roll(20) == 0 { dice.pick(&["1", "true", "null"]).to_owned() } else { dice.text(0) }
        });
        self.wrapped(&items, depth)
    }

    fn list(&mut self, depth: usize) -> String {
        if depth > 0 && self.roll(6) == 0 {
            let items = self.several(3, |dice| dice.list(depth - 1));
            return format!("[{items}]");
        }
        if self.roll(5) == 0 {
            let items =
                self.several(3, |dice| format!("{{ a = {}, b = {} }}", dice.pick(TEXTS), dice.pick(NUMBERS)));
            return self.wrapped(&items, depth);
        }
        let kind = [Text, Number, Bool, Any][self.roll(4)];
        let items = self.several(4, |dice| dice.argument(kind, 0));
        self.wrapped(&items, depth)
    }

    fn wrapped(&mut self, items: &str, depth: usize) -> String {
        match self.roll(if depth > 0 { 9 } else { 7 }) {
            0 => format!("tolist([{items}])"),
            // A set in a list would have to be told from a list.
            1 if depth > 1 => format!("toset([{items}])"),
            7 => format!("concat([{items}], [{}])", self.pick(TEXTS)),
            8 => format!("split(\",\", {})", self.pick(TEXTS)),
            _ => format!("[{items}]"),
        }
    }

    fn map(&mut self, depth: usize) -> String {
        let entries = self.several(3, |dice| {
            let key = dice.pick(&["a", "b", "c", "\"d-e\"", "env"]);
            let value = if depth > 0 { dice.argument(Any, depth - 1) } else { dice.text(0) };
            format!("{key} = {value}")
        });
        match self.roll(8) {
            0 => format!("tomap({{ {entries} }})"),
            1 if depth > 0 => format!("merge({{ {entries} }}, {{ a = {} }})", self.pick(TEXTS)),
            _ => format!("{{ {entries} }}"),
        }
    }
}

/// The expressions.
pub(crate) fn expressions() -> Vec<String> {
    let mut dice = Dice(0x31337);
    let mut all = Vec::new();
    for (name, arguments, repeated) in FUNCTIONS {
        for _ in 0..EACH {
            let mut given: Vec<String> = arguments.iter().map(|kind| dice.argument(*kind, 2)).collect();
            if let Some(kind) = repeated {
                let more = dice.roll(4);
                given.extend((0..more).map(|_| dice.argument(*kind, 1)));
            }
            all.push(format!("{name}({})", given.join(", ")));
        }
    }
    for (operator, kind) in OPERATORS {
        for _ in 0..EACH_OPERATOR {
            let [left, right] = [(); 2].map(|()| dice.argument(*kind, 1));
            all.push(format!("{left} {operator} {right}"));
        }
    }
    for _ in 0..EACH_OPERATOR {
        all.push(format!("!{}", dice.argument(Bool, 0)));
        all.push(format!("-({})", dice.argument(Number, 0)));
    }
    all
}

/// Expressions that are more than calls: conditions, templates, loops, splats.
pub(crate) fn forms() -> Vec<String> {
    let mut dice = Dice(0x0f04);
    FORMS
        .iter()
        .flat_map(|form| (0..EACH_FORM).map(|_| filled(form, &mut dice)).collect::<Vec<_>>())
        .collect()
}

/// How often each form is filled.
const EACH_FORM: usize = 8;

/// Forms of expressions; `@T` stands for a text, `@B` for a condition, `@L` for a list, `@M` for a map.
const FORMS: &[&str] = &[
    "@B ? @T : @T",
    "@B ? @L : []",
    "\"x%{ if @B }a%{ else }b%{ endif }y\"",
    "\"x %{~ if @B ~} a %{~ endif ~} y\"",
    "\"%{ for s in @L }[${s}]%{ endfor }\"",
    "\"%{ for i, s in @L ~} ${i}=${s}, %{ endfor ~} end\"",
    "\"%{ for k, v in @M }${k}${v}%{ endfor }\"",
    "\"a ${~ @T ~} b\"",
    "\"$${x} %%{y} ${@T}\"",
    "@L[*]",
    "@L.*",
    "@T[*]",
    "[for s in @L : upper(s)]",
    "[for i, s in @L : \"${i}${s}\" if s != \"\"]",
    "{ for i, s in @L : s => i... }",
    "{ for s in toset(@L) : s => length(s) }",
    "{ for k, v in @M : v => k... if k != \"a\" }",
    "[{ a = @T }, { a = @T }][*].a",
    "[{ a = @T }, { a = @T }].*.a",
    "[for o in [{ a = @T }, { a = @T }] : o.a]",
    "{ a = @T }.a",
    "{ (@T) = @T }",
    "@M[\"env\"]",
    "@M.missing",
    "@L[0]",
    "@L[9]",
    "try(@L[9], @T)",
    "try(@M.missing, @M.env, @T)",
    "can(@L[1])",
    "can(@M.missing)",
    "max([1, length(@T)]...)",
    "format(\"%s-%s\", @L...)",
    "merge([@M, { a = @T }]...)",
    "nonsensitive(sensitive(@T))",
    "issensitive(@T)",
    "(@B && @B) || !@B",
    "length(@L) > 1 ? @L[1] : null",
];

/// A form with something in its places.
fn filled(form: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    let mut rest = form;
    while let Some((before, after)) = rest.split_once('@') {
        out += before;
        let (kind, after) = after.split_at(1);
        let filling = match kind {
            "T" => dice.text(0),
            "B" => format!("({} == {})", dice.text(0), dice.text(0)),
            "L" => format!("[{}, {}]", dice.text(0), dice.text(0)),
            _ => format!("{{ env = {}, a = {} }}", dice.text(0), dice.text(0)),
        };
        out += &filling;
        rest = after;
    }
    out + rest
}

const TYPES: &[&str] = &[
    "string",
    "number",
    "bool",
    "any",
    "list(string)",
    "list(number)",
    "list(any)",
    "set(string)",
    "set(number)",
    "set(any)",
    "map(string)",
    "map(any)",
    "map(list(string))",
    "object({ a = string })",
    "object({ a = string, b = optional(number) })",
    "object({ a = optional(string, \"x\"), b = optional(list(string), [\"y\"]) })",
    "object({ a = optional(object({ b = optional(string, \"deep\"), c = optional(bool) }), {}) })",
    "list(object({ a = string, b = optional(string, \"z\") }))",
    "map(object({ a = optional(string, \"d\"), b = optional(any) }))",
    "tuple([string, number])",
    "tuple([])",
    "set(object({ a = string }))",
    "list(list(string))",
    "object({})",
    "map(set(string))",
];

const VALUES: &[&str] = &[
    "null",
    "\"a\"",
    "\"012\"",
    "\"true\"",
    "12",
    "1.50",
    "true",
    "[]",
    "[\"b\", \"a\", \"b\"]",
    "[2, 10, 1, 2]",
    "[1, \"x\", true]",
    "[1, true]",
    "[\"x\", 5]",
    "[\"a\", null]",
    "{}",
    "{ a = \"x\" }",
    "{ a = 1, b = 2 }",
    "{ a = \"x\", b = [\"p\", \"q\"] }",
    "{ a = null }",
    "{ a = { b = \"x\" } }",
    "{ a = { c = \"true\" }, d = 1 }",
    "{ b = \"x\" }",
    "[{ a = \"x\" }]",
    "[{ a = \"x\", b = null }, { a = 1, b = \"y\" }]",
    "[{ a = 1 }, { a = 1, b = 2 }]",
    "{ k = { a = \"x\", b = [1] } }",
    "{ k = {}, l = { a = null, b = 1 } }",
    "[[\"b\", \"a\"], [\"c\"]]",
    "[[1], [\"x\"]]",
    "{ k = [\"b\", \"a\", \"a\"], l = [1] }",
    "{ a = 1, b = \"x\", c = true }",
    "{ a = 1, b = [] }",
];

/// Every type with every value.
pub(crate) fn typed() -> Vec<(&'static str, &'static str)> {
    TYPES.iter().flat_map(|ty| VALUES.iter().map(move |value| (*ty, *value))).collect()
}

/// Paths as modules write them.
const FILE_PATHS: &[&str] = &[
    r#""files/policy.json""#,
    r#""./files/letters.txt""#,
    r#""${path.module}/files/crlf.txt""#,
    r#""${path.root}/files/empty.txt""#,
    r#""files/nested/../bom.txt""#,
    r#""${path.module}/files/nested/deep/c.json""#,
    r#""files/greeting.tftpl""#,
    r#"join("/", ["files", "nested", "a.txt"])"#,
    r#""files/binary""#,
    r#""files/nothing""#,
    r#""files/nested""#,
    r#""""#,
    "null",
    "1",
];

/// Expressions that read files, for a module beside `testdata/terraform/files`, and those of the functions that are in
/// no other record. What differs with every run (`timestamp`, `plantimestamp`, `uuid`, `bcrypt`) is left out.
pub(crate) fn of_files() -> Vec<String> {
    let mut made = Vec::new();
    for function in [
        "file",
        "fileexists",
        "filebase64",
        "filebase64sha256",
        "filebase64sha512",
        "filemd5",
        "filesha1",
        "filesha256",
        "filesha512",
    ] {
        for path in FILE_PATHS {
            made.push(format!("{function}({path})"));
            made.push(format!("can({function}({path}))"));
            made.push(format!("try({function}({path}), \"none\")"));
        }
    }
    for path in FILE_PATHS {
        made.push(format!("templatefile({path}, {{}})"));
        made.push(format!("can(jsondecode(file({path})))"));
        made.push(format!("try(jsondecode(file({path})), \"none\")"));
        made.push(format!("fileexists({path}) ? \"there\" : \"not there\""));
    }
    let templates = [
        r#"templatefile("files/greeting.tftpl", { name = "a", items = [] })"#,
        r#"templatefile("files/greeting.tftpl", { name = "a", items = ["x", "y"] })"#,
        r#"templatefile("${path.module}/files/greeting.tftpl", { name = 1, items = ["x"] })"#,
        r#"templatefile("files/greeting.tftpl", { name = "a", items = "x" })"#,
        r#"templatefile("files/greeting.tftpl", { name = "a" })"#,
        r#"templatefile("files/greeting.tftpl", { name = null, items = [] })"#,
        r#"can(templatefile("files/greeting.tftpl", { name = "a" }))"#,
        r#"try(templatefile("files/greeting.tftpl", { name = "a" }), "none")"#,
        r#"templatefile("files/principals.json.tftpl", { ids = ["111111111111", "222222222222"] })"#,
        r#"jsondecode(templatefile("files/principals.json.tftpl", { ids = ["111111111111"] })).AWS"#,
        r#"templatefile("files/principals.json.tftpl", { ids = [] })"#,
        r#"templatefile("files/recursive.tftpl", {})"#,
        r#"can(templatefile("files/recursive.tftpl", {}))"#,
        r#"templatefile("files/undeclared.tftpl", {})"#,
        r#"templatefile("files/undeclared.tftpl", { missing = "x" })"#,
        r#"templatefile("files/undeclared.tftpl", { missing = ["x"] })"#,
        r#"templatefile("files/undeclared.tftpl", { "not-a-name" = "x" })"#,
        r#"templatefile("files/broken.tftpl", { unclosed = "x" })"#,
        r#"can(templatefile("files/broken.tftpl", { unclosed = "x" }))"#,
        r#"templatefile("files/policy.json", [])"#,
        r#"templatestring(local.template, { name = "a" })"#,
        "templatestring(local.template, {})",
        "can(templatestring(local.template, {}))",
        r#"try(templatestring(local.template, {}), "none")"#,
        "templatestring(local.unclosed, {})",
        r#"fileset("files", "*")"#,
        r#"fileset("files", "*.txt")"#,
        r#"fileset("files", "**")"#,
        r#"fileset("files", "**/*.json")"#,
        r#"fileset("files", "nested/*")"#,
        r#"fileset("files", "{bom,crlf}.txt")"#,
        r#"fileset("files", "[a-c]*.txt")"#,
        r#"fileset("files", "?om.txt")"#,
        r#"fileset("${path.module}/files/nested", "*.txt")"#,
        r#"fileset(path.module, "files/*.json")"#,
        r#"fileset("files/nothing", "*")"#,
        r#"fileset("files", "../*.tf")"#,
        r#"contains(fileset("files", "*.json"), "policy.json")"#,
        r#"{ for name in fileset("files/nested", "*.txt") : name => file("files/nested/${name}") }"#,
        r#"[for name in sort(fileset("files", "nested/*.txt")) : filemd5("files/${name}")]"#,
        r#"length(fileset("files", "*.json")) > 0"#,
        r#"abspath("/a/./b/../c")"#,
        r#"abspath("/../a")"#,
        r#"abspath("/")"#,
        r#"basename(abspath("x/y"))"#,
        r#"pathexpand("a/b")"#,
        r#"pathexpand("/a/~/b")"#,
        r#"pathexpand("")"#,
        r#"pathexpand("~other-user/x")"#,
        r#"base64gzip("")"#,
        r#"base64gzip("abc")"#,
        r#"length(base64gzip("abc")) > 0"#,
        r#"ephemeralasnull("a")"#,
        r#"ephemeralasnull(["a", 1])"#,
        "ephemeralasnull(null)",
        r#"rsadecrypt("abc", "not a key")"#,
        r#"can(rsadecrypt("abc", "not a key"))"#,
        r#"try(rsadecrypt("abc", "not a key"), "none")"#,
    ];
    made.extend(templates.map(str::to_owned));
    made
}
