//! What attributes return that are not written.

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
        if type_name.starts_with("data.")
            && let Some(value) = data::attribute(type_name, map, name, unit, origin, span)
        {
            return self.with_state(value, span);
        }
        if let Some(template) = carriers::attribute_template(type_name, name) {
            return self.filled(template, map, (unit, origin), span);
        }
        let class = if is_read(type_name) { Class::Keyed } else { Class::Computed };
        Value::unknown(Symbol::new(class, origin.attribute(name), marker.because), span)
    }

    /// Fills a template of the table, once for each combination of the alternatives of its properties.
    fn filled(&self, template: &str, map: &Map, (unit, of): (&UnitKey, &Origin), span: Span) -> Value {
        // How many alternatives each property has, and which is taken.
        let picks: RefCell<BTreeMap<String, (usize, usize)>> = RefCell::default();
        let property = |name: &str| {
            let value = map.get(name)?;
            let count = value.alternatives().len();
            let taken = picks.borrow_mut().entry(name.to_owned()).or_insert((0, count)).0;
            let value = value.alternatives().get(taken).filter(|value| !value.is_unset())?;
            Some(to_text(value).unwrap_or_else(|| {
                Text::symbol(Symbol::new(Class::Computed, of.attribute(name), Because::Expression), span)
            }))
        };
        let fill = Fill { unit, of, property: &property, span };
        let mut values = Vec::new();
        loop {
            let text = carriers::expand(template, &fill).shown_at(span).referring(of);
            values.push(Value::text(text, span));
            if values.len() > bounds::CHOICES {
                return bounded(span);
            }
            if !advance(&mut picks.borrow_mut()) {
                return self.work.either(values, span);
            }
        }
    }

    /// The value, or what is in the state that it is read from.
    fn with_state(&self, value: Value, span: Span) -> Value {
        match &value.kind {
            Kind::Unknown(symbol) if matches!(symbol.origin.kind(), OriginKind::State { .. }) => {
                self.asked.borrow_mut().insert(symbol.origin.clone());
                let known = self.told.states.get(&symbol.origin);
                known.map_or_else(|| value.clone(), |known| known.clone().through(span))
            }
            Kind::Choice(all) => {
                let each = all.iter().map(|one| self.with_state(one.clone(), span)).collect();
                self.work.either(each, span)
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
