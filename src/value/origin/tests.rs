use super::{Operand, Origin, OriginKind, Part, Word, Words};
use crate::value::{Class, UnitKey};

fn unit() -> UnitKey {
    UnitKey::of("envs/prod")
}

#[test]
fn equal_origins_are_one_and_others_are_not() {
    let name = |name: &str| Origin::named(&unit(), name);
    assert_eq!(name("var.a"), name("var.a"));
    assert_ne!(name("var.a"), Origin::named(&UnitKey::of("envs"), "var.a"));
    // Shown alike, and not the same.
    let part = name("local.a").part(Part::Attribute("b".into()));
    assert_eq!(part.shown(), name("local.a.b").shown());
    assert_ne!(part, name("local.a.b"));
}

#[test]
fn an_origin_is_shown_by_its_name_alone_and_never_by_nothing() {
    let key = |key: &str| Part::Key(Words::literal(key));
    let named = |name: &str| Origin::named(&unit(), name);
    for (origin, shown) in [
        (named("var.account_id"), "var.account_id"),
        (named("local.ids").part(key("a#b")), "local.ids[\"a#b\"]"),
        (Origin::new(OriginKind::Import(Words::literal("vpc#1"))), "import:vpc#1"),
        (Origin::declared(&unit(), "aws_iam_role", "aws_iam_role.a").attribute("arn"), "aws_iam_role.a.arn"),
        (named(""), "a reference without a name"),
        (named("."), "a reference without a name"),
        (Origin::new(OriginKind::Import(Words::default())), "a reference without a name"),
        (Origin::described(""), "a reference without a name"),
    ] {
        assert_eq!(origin.shown(), shown);
    }
}

#[test]
fn a_call_is_shown_with_what_goes_in_unless_that_is_long() {
    let symbol = |origin: Origin| Operand::Symbol(Class::Keyed, origin);
    let call = |operands: Vec<Operand>| {
        Origin::new(OriginKind::Derived { function: "split".into(), operands: operands.into() })
    };
    let comma = || Operand::Text(Words::literal(","));
    let own = symbol(Origin::named(&unit(), "var.x"));
    assert_eq!(call(vec![comma(), own.clone()]).shown(), "split(\",\", var.x)");
    let far = symbol(Origin::named(&UnitKey::of("other"), "var.x"));
    assert_eq!(call(vec![own, far]).shown(), "split(var.x, var.x@other)");
    let mut deep = symbol(Origin::named(&unit(), "var.x"));
    for _ in 0..100 {
        deep = symbol(call(vec![comma(), deep.clone(), deep]));
    }
    let Operand::Symbol(_, deep) = deep else { unreachable!() };
    assert!(deep.shown().len() < 400, "{}", deep.shown());
    let long = Operand::Text(Words::literal("x".repeat(400)));
    assert_eq!(call(vec![comma(), long]).shown(), "split(\",\", …)");
}

#[test]
fn the_address_is_left_out_before_each() {
    let each = Origin::new(OriginKind::Each {
        unit: unit(),
        address: "module.a.aws_iam_role.r".into(),
        name: "key",
    });
    assert_eq!(each.shown(), "module.a.aws_iam_role.r.each.key");
    let words = Words::of([Word::Literal("x-".into()), Word::Symbol(Class::Keyed, each)]);
    let whole = Origin::named(&unit(), "local.roles").part(Part::Key(words));
    assert_eq!(whole.shown(), "local.roles[\"x-${module.a.aws_iam_role.r.each.key}\"]");
    assert_eq!(whole.shown_without_address(), "local.roles[\"x-${each.key}\"]");
}

#[test]
fn what_is_too_deep_is_cut_off() {
    let mut origin = Origin::named(&unit(), "var.x");
    for _ in 0..1_000 {
        origin = origin.part(Part::Attribute("a".into()));
    }
    assert!(origin.shown().len() < 1_000);
}
