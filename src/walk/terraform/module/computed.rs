//! What attributes return that are not written.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use super::data;
use super::run::Run;
use super::type_name::is_read;
use crate::bounds;
use crate::carriers::{self, Fill};
use crate::source::Span;
use crate::value::{Because, Class, Kind, Map, Origin, OriginKind, Symbol, Text, UnitKey, Value};
use crate::walk::terraform::language::convert::to_text;
use crate::walk::terraform::language::unknown::{bounded, opaque};

impl Run<'_> {
    /// What an attribute returns that is not written.
    pub(super) fn computed(&self, map: &Map, marker: &Symbol, name: &str, span: Span) -> Value {
        let origin = &marker.origin;
        let OriginKind::Declared { unit, type_name, .. } = origin.kind() else {
            return opaque(name, Because::Expression, span);
        };
        if let Some(template) = self.former(type_name, name) {
            return self.filled(template, map, (unit, origin), span);
        }
        if type_name.starts_with("data.")
            && let Some(value) = data::attribute(type_name, map, name, unit, origin, span)
        {
            return self.with_state(self.with_region(value, type_name, unit), span);
        }
        if let Some(template) = carriers::attribute_template(type_name, name) {
            return self.filled(template, map, (unit, origin), span);
        }
        let class = if is_read(type_name) { Class::Keyed } else { Class::Computed };
        Value::unknown(Symbol::new(class, origin.attribute(name), marker.because), span)
    }

    /// Fills a template of the table, once for each combination of the alternatives of its properties.
    fn filled(&self, template: &str, map: &Map, (unit, of): (&UnitKey, &Origin), span: Span) -> Value {
        // How many alternatives each property has that has several, and which is taken.
        let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
        let property = |name: &str| {
            let value = map.get(name)?;
            let count = value.alternatives().len();
            let take = || picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
            let taken = if count > 1 { take() } else { 0 };
            let value = value.alternatives().get(taken).filter(|value| !value.is_unset())?;
            Some(to_text(value).map_or_else(
                || Text::symbol(Symbol::new(Class::Computed, of.attribute(name), Because::Expression), span),
                Cow::into_owned,
            ))
        };
        let fill = Fill { unit, of, property: &property, span };
        let mut values = Vec::new();
        loop {
            let mut text = carriers::expand(template, &fill);
            text.show_at(span);
            let text = text.referring(of);
            values.push(Value::text(text, span));
            if values.len() > bounds::CHOICES {
                return bounded(span);
            }
            if !advance(&mut picks.borrow_mut()) {
                return self.work.either(values, span);
            }
        }
    }

    /// The value, or the region of the provider configuration that `data.aws_region` asks for.
    fn with_region(&self, value: Value, type_name: &str, unit: &UnitKey) -> Value {
        let is_region = |text: Text| text.as_symbol().is_some_and(|symbol| symbol.class == Class::Region);
        let asks = || value.as_text().is_some_and(is_region);
        if type_name != "data.aws_region" || !asks() {
            return value;
        }
        let known = self.region(unit).map(|region| Value::text(region.shown_at(value.span), value.span));
        known.unwrap_or(value)
    }

    /// The value, or what is in the state that it is read from.
    fn with_state(&self, value: Value, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) if matches!(symbol.origin.kind(), OriginKind::State { .. }) => {
                self.asked.borrow_mut().insert(symbol.origin.clone());
                let known = self.told.states.get(&symbol.origin);
                known.map(|known| known.clone().through(span)).unwrap_or(value)
            }
            Kind::Choice(_) => {
                let each = Value::flattened([value]).into_iter().map(|one| self.with_state(one, span));
                self.work.either(each.collect(), span)
            }
            _ => value,
        }
    }
}

/// The next combination; false after the last one.
fn advance(picks: &mut BTreeMap<String, (usize, usize)>) -> bool {
    for (taken, count) in picks.values_mut() {
        *taken += 1;
        if *taken < *count {
            return true;
        }
        *taken = 0;
    }
    false
}
