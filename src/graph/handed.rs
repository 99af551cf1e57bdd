//! Roles that are handed to services.

use super::links::Handed;
use super::{Graph, reading};
use crate::carriers::{self, AttachKind};
use crate::facts::Declaration;
use crate::iam::arn::Arn;
use crate::value::{Answer, Text, Value};

impl Graph {
    /// The roles that declarations hand to a service that is known, as far as their ARNs say the account.
    pub fn handed_roles(&self) -> Vec<Handed> {
        let mut found = Vec::new();
        for (id, declaration) in self.declarations.with_ids() {
            for row in carriers::service_roles(&declaration.type_name) {
                let [service, ..] = row.expects.as_slice() else { continue };
                let text = reading::text_read(&declaration.properties, &row.path);
                let properties = text.as_ref().unwrap_or(&declaration.properties);
                let actor = row.attach.as_deref().filter(|_| row.attach_kind == AttachKind::Arn);
                let groups = match actor {
                    Some(actor) => carriers::values_together(properties, &row.path, actor),
                    None => vec![(carriers::values(properties, &row.path), Vec::new())],
                };
                // A role that acts, and is not seen, may be of any account.
                if actor.is_some_and(|actor| carriers::may_have_more(properties, actor)) {
                    continue;
                }
                let mut paths = [Some(&*row.path), actor].into_iter().flatten();
                let certain = !paths.any(|path| carriers::may_differ(&declaration.properties, path));
                let present = declaration.present.and(if certain { Answer::Yes } else { Answer::Unknown });
                for (roles, actors) in groups {
                    let Some(account) = self.account_of_actor(declaration, &actors) else { continue };
                    for value in roles.into_iter().flat_map(Value::items) {
                        let Some(role) = value.as_text().map(|text| self.accounts.normalised(text)) else {
                            continue;
                        };
                        if Arn::parse(&role).is_some_and(|arn| arn.service.is_literally("iam")) {
                            let (declaration, span, via, account) =
                                (id, value.span, value.via.clone(), account.clone());
                            found.push(Handed { declaration, span, via, role, service, account, present });
                        }
                    }
                }
            }
        }
        found
    }

    /// The account of the role that acts, or of the declaration when none is named. `None` when that is not clear.
    fn account_of_actor(&self, declaration: &Declaration, actors: &[&Value]) -> Option<Text> {
        match actors {
            [] => Some(self.accounts.of(&declaration.unit).into_owned()),
            [actor] => Some(Arn::parse(&self.accounts.normalised(actor.as_text()?))?.account),
            _ => None,
        }
    }
}
