//! Which actions are asked for, and what of a target they are about.

use std::borrow::Cow;

use super::What;
use crate::bounds;
use crate::config::suggestion;
use crate::graph::Graph;
use crate::iam::data;
use crate::source::{SourceId, Span};
use crate::value::{Answer, Because, Class, Symbol, Text};

/// What somebody asks about: a target, and what is meant inside of it.
#[derive(Clone, Debug)]
pub struct Asked<'g> {
    /// The graph.
    pub graph: &'g Graph,
    /// The target.
    pub target: What,
    /// The ARN that was named, when it is not that of the target itself.
    pub within: Option<Text>,
}

/// Why actions cannot be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// None is named, and nothing says what is done with a resource of this service.
    NoAction(&'static str),
    /// No action that the pattern matches acts on the target.
    NoMatch,
    /// It is not written as an action is.
    NotAnAction,
    /// The service has no action of this name, but one that is nearly called so: "; did you mean `s3:GetObject`?".
    Misspelt(String),
    /// The action does nothing with the target.
    DoesNothing,
}

impl Asked<'_> {
    /// What an action is about, when it is not the target itself: who names a bucket and `s3:GetObject` means what is in it.
    pub fn meant_by(&self, action: &str) -> Option<Text> {
        let What::Resources(ids) = &self.target else { return None };
        self.within.clone().or_else(|| inside(&self.graph.resources[*ids.first()?].arn, action))
    }

    /// The actions that are asked for, patterns replaced by those that act on the target.
    ///
    /// # Errors
    ///
    /// When one cannot be asked for: which, and why.
    pub fn actions<'a>(&self, given: &'a [String]) -> Result<Vec<String>, (&'a str, NotAsked)> {
        if given.is_empty() {
            return match self.service() {
                None => Ok(vec!["sts:AssumeRole".to_owned()]),
                Some(service) => Err(("", NotAsked::NoAction(service))),
            };
        }
        let mut actions = Vec::new();
        for written in given {
            if written.contains(['*', '?']) {
                let names = data::expand(written).map(|action| format!("{}:{}", action.service, action.name));
                let before = actions.len();
                actions.extend(names.filter(|action| self.takes(action).is_yes()));
                if actions.len() == before {
                    return Err((written, NotAsked::NoMatch));
                }
            } else {
                self.check(written).map_err(|why| (written.as_str(), why))?;
                actions.push(as_published(written));
            }
        }
        actions.truncate(bounds::ANSWERS_LISTED);
        Ok(actions)
    }

    /// The service of a resource.
    fn service(&self) -> Option<&'static str> {
        match &self.target {
            What::Identities(_) => None,
            What::Resources(ids) => ids.first().map(|id| self.graph.resources[*id].service),
        }
    }

    /// Whether an action can be asked of it at all.
    fn takes(&self, action: &str) -> Answer {
        let arn = match &self.target {
            What::Identities(ids) => ids.first().map(|id| &self.graph.identities[*id].arn),
            What::Resources(ids) => ids.first().map(|id| &self.graph.resources[*id].arn),
        };
        let meant = self.meant_by(action);
        let Some(arn) = meant.as_ref().or(arn) else { return Answer::No };
        data::acts_on(action, &some(arn))
    }

    /// An action that is not known may be new; one that nearly is known is a mistake.
    fn check(&self, written: &str) -> Result<(), NotAsked> {
        let Some((service, name)) = written.split_once(':') else { return Err(NotAsked::NotAnAction) };
        if !data::action_exists(service, name) {
            let names: Vec<_> = data::actions(service).map(|action| action.name).collect();
            let near = suggestion(name, names);
            return if near.is_empty() { Ok(()) } else { Err(NotAsked::Misspelt(near)) };
        }
        if self.takes(written).is_no() { Err(NotAsked::DoesNothing) } else { Ok(()) }
    }
}

/// An action as AWS publishes its name, which policies and messages write in any case; one that is not known as it is.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>
pub fn as_published(written: &str) -> String {
    let known = written.split_once(':').and_then(|(service, name)| data::action(service, name));
    known.map_or_else(|| written.to_owned(), |action| format!("{}:{}", action.service, action.name))
}

/// What is asked for when nobody says it: all, for an action that is not about resources; else something unknown.
pub fn unnamed(action: &str) -> Text {
    let span = Span::start_of(SourceId::first());
    let is_known = action.split_once(':').is_some_and(|(service, name)| data::action_exists(service, name));
    if is_known && data::resource_types(action).next().is_none() {
        return Text::literal("*", span);
    }
    Text::symbol(Symbol::new(Class::Opaque, "the resource of the request", Because::Run), span)
}

/// What in a resource an action is about that does nothing with the resource itself: the objects of a bucket or access point,
/// the methods of an API.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html>
fn inside(arn: &Text, action: &str) -> Option<Text> {
    if !data::acts_on(action, &some(arn)).is_no() {
        return None;
    }
    let deeper = |suffix: &str| {
        let mut deeper = arn.clone();
        deeper.push_str(suffix, arn.span()?);
        Some(deeper)
    };
    let takes = |suffix: &str| {
        let deeper = deeper(suffix);
        deeper.is_some_and(|deeper| data::acts_on(action, &some(&deeper)).is_yes())
    };
    if takes("/object/*") && arn.to_string().contains(":accesspoint/") {
        return deeper("/object/*");
    }
    // Of an API: its stages, and in each its methods and paths.
    if takes("/*") || takes("/*/*/*") { deeper("/*") } else { None }
}

/// Every unknown part is some text.
fn some(arn: &Text) -> Text {
    arn.substitute(|_| arn.span().map(|span| Cow::Owned(Text::literal("x", span))))
}
