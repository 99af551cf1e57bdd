//! The units that provider configurations make, and what these say about their accounts.
//!
//! <https://developer.hashicorp.com/terraform/language/providers/configuration>

use std::rc::Rc;

use super::credentials::{CREDENTIALS, NONE_BUT_DEFAULT, OF_DEFAULT, of_profile};
use super::profiles;
use super::root::Root;
use super::terragrunt;
use crate::facts::{AccountHint, Declaration, Language, Placed, Unit, Walked};
use crate::parse::hcl::Block;
use crate::source::paths::directory;
use crate::source::{SourceId, Span};
use crate::value::{
    Answer, Because, Class, Kind, Map, Origin, OriginKind, Part, Symbol, Text, UnitKey, Value, When,
};
use crate::walk::terraform::language::convert::same;
use crate::walk::terraform::module::blocks::literal_argument;
use crate::walk::terraform::module::instance::{Instance, Scope};
use crate::walk::terraform::module::properties::nested_values;
use crate::walk::terraform::module::provider::{configuration, is_aws};

impl<'a> Root<'a> {
    /// Adds the units that a module instance configures.
    pub(super) fn add_units(&self, scope: &Scope<'a>, walked: &mut Walked) {
        let instance = &scope.instance;
        let is_root = instance.caller.is_none();
        let mut has_default = false;
        for block in instance.module.providers.iter().filter(|block| is_aws(block)) {
            let alias = literal_argument(&block.body, "alias");
            has_default |= alias.is_none();
            let key = self.run.unit_named(instance, &configuration(alias.as_deref()));
            let properties = self.run.properties(scope, &block.body);
            let login = if is_root && alias.is_none() { Login::Same } else { self.login(&properties, scope) };
            let mut unit = self.unit_from(key.clone(), &properties, login);
            // What a unit says of itself comes first, and the default configuration of the root is that itself.
            if key != *self.run.unit() {
                unit.hints.extend(self.logged_in(login, block));
            }
            walked.units.push(unit);
            if credentials("assume_role", &properties).is_some() {
                let address = format!("{}provider.{}", instance.address, configuration(alias.as_deref()));
                walked.declarations.push(assuming(key, address, "provider.aws", block, properties));
            }
        }
        if is_root && let Some(block) = instance.module.backend.filter(|block| is_s3(block)) {
            let properties = self.run.properties(scope, &block.body);
            let key = self.run.unit().runner();
            walked.declarations.push(assuming(key, "backend.s3".to_owned(), "backend.s3", block, properties));
        }
        if is_root && !has_default {
            let mut unit = self.unit_from(self.run.unit().clone(), &Map::default(), Login::Same);
            let is_deployed = self.deployment.terragrunt.is_some()
                || self.deployment.plan.is_some()
                || !self.deployment.value_files.is_empty()
                || instance.module.backend.is_some()
                || instance.module.providers.iter().any(|block| is_aws(block));
            unit.placed = if is_deployed { Placed::Deployed } else { Placed::Perhaps };
            walked.units.push(unit);
        }
        if is_root && let Some(config) = &self.config {
            self.add_generated(instance, config, walked);
        }
    }

    /// Adds the units of the aliases that a unit of Terragrunt generates.
    fn add_generated(&self, instance: &Instance<'a>, config: &terragrunt::Config, walked: &mut Walked) {
        for provider in config.providers().filter(|provider| provider.alias.is_some()) {
            let key = self.run.unit_named(instance, &configuration(provider.alias.as_deref()));
            let login = if provider.logs_in { Login::Apart } else { Login::Same };
            let mut unit = self.unit_from(key, &Map::default(), login);
            unit.hints.extend(provider.hints.iter().cloned());
            unit.region.clone_from(&provider.region);
            if !provider.logs_in {
                let span = config.hints().next().map_or_else(|| self.somewhere(), |hint| hint.span);
                unit.hints.push(if config.logs_in() {
                    same_account(&self.run.unit().runner(), span, NONE_BUT_DEFAULT)
                } else {
                    same_account(self.run.unit(), span, OF_DEFAULT)
                });
            }
            walked.units.push(unit);
        }
    }

    /// The beginning of the configuration of the unit.
    fn somewhere(&self) -> Span {
        let file = self.deployment.terragrunt.as_deref().and_then(|path| self.sources.find(path));
        Span::start_of(file.unwrap_or_else(SourceId::first))
    }

    /// What the default configuration of the root module says. It is remembered, but for what a bound cut off.
    fn default_configuration(&self, scope: &Scope<'a>) -> Rc<Map> {
        if let Some(known) = self.default.get() {
            return Rc::clone(known);
        }
        let (found, is_whole) = self.run.whole(|| Rc::new(self.evaluated_default(scope)));
        if is_whole {
            return Rc::clone(self.default.get_or_init(|| found));
        }
        found
    }

    fn evaluated_default(&self, scope: &Scope<'a>) -> Map {
        let mut instance = &scope.instance;
        while let Some((caller, _)) = &instance.caller {
            instance = &caller.instance;
        }
        let outer = Scope::of(Rc::clone(instance));
        let root = if scope.instance.caller.is_some() { &outer } else { scope };
        let module = root.instance.module;
        let mut all = module.providers.iter().filter(|block| is_aws(block));
        let default = all.find(|block| literal_argument(&block.body, "alias").is_none());
        default.map(|block| self.run.properties(root, &block.body)).unwrap_or_default()
    }

    /// How a configuration logs in, seen from the default one of the root module.
    fn login(&self, properties: &Map, scope: &Scope<'a>) -> Login {
        let default = &*self.default_configuration(scope);
        let generated = self.config.as_ref().is_some_and(terragrunt::Config::logs_in);
        let same = CREDENTIALS.iter().all(|name| same_credentials(name, properties, default));
        let none = !CREDENTIALS.iter().any(|name| credentials(name, properties).is_some());
        match (same && !(generated && none), none) {
            (true, _) => Login::Same,
            (false, true) => Login::None,
            (false, false) => Login::Apart,
        }
    }

    /// What the credentials of a configuration say: with those of the default one it is for the same account, in another
    /// region; with none, for the account of whoever runs Terraform.
    fn logged_in(&self, login: Login, block: &Block) -> Option<AccountHint> {
        match login {
            Login::Same => Some(same_account(self.run.unit(), block.header, OF_DEFAULT)),
            Login::None => Some(same_account(&self.run.unit().runner(), block.header, NONE_BUT_DEFAULT)),
            Login::Apart => None,
        }
    }

    /// A unit, with what a provider block says about its account:
    /// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#argument-reference>
    fn unit_from(&self, key: UnitKey, properties: &Map, login: Login) -> Unit {
        // What is said of a deployment is said of its default configuration.
        let told = (login == Login::Same).then(|| self.told_account()).flatten();
        let mut hints: Vec<AccountHint> = told.into_iter().collect();
        if let Some(list) = properties.get("allowed_account_ids").and_then(Value::as_list)
            && let ([only], false) = (list.items.as_slice(), list.open)
            && let Some(account) = only.as_text()
        {
            hints.push(AccountHint { account, span: only.span, evidence: "allowed_account_ids".to_owned() });
        }
        // Roles are assumed one after another, in the order written.
        let role = nested_values(properties, "assume_role", "role_arn").into_iter().last();
        if let Some((account, span)) = role.and_then(account_of_all) {
            let evidence = "assume_role of the provider".to_owned();
            hints.push(AccountHint { account, span, evidence });
        }
        if let Some((name, hint)) = profile(properties) {
            hints.extend(profiles::account_of(self.sources, &self.deployment.root, &name));
            hints.push(hint);
        }
        let region = properties.get("region").and_then(Value::as_text);
        hints.extend(self.planned_account(&key));
        if key == *self.run.unit() {
            hints.extend(self.config.iter().flat_map(|config| config.hints().cloned()));
        }
        let generated = self.config.as_ref().filter(|_| key == *self.run.unit());
        let generated = generated.and_then(|config| config.default_provider()?.region.clone());
        let region = region.or(generated);
        let terragrunt = self.deployment.terragrunt.is_some();
        let root = if self.deployment.root.is_empty() { "." } else { &self.deployment.root };
        let path = if terragrunt { self.run.unit().to_string() } else { root.to_owned() };
        let files = self.deployment.value_files.clone();
        let placed = if login == Login::Same { Placed::Deployed } else { Placed::Apart };
        Unit { key, language: Language::Terraform, path, files, hints, region, placed }
    }

    /// The account that a plan found a provider configuration to be of.
    fn planned_account(&self, key: &UnitKey) -> Option<AccountHint> {
        let deployment = self.deployment;
        let alias = key.provider_of(self.run.unit());
        if alias.is_none() && key != self.run.unit() {
            return None;
        }
        let account = deployment.found.accounts.get(&configuration(alias))?;
        let span = Span::start_of(self.sources.find(deployment.plan.as_deref()?)?);
        Some(AccountHint {
            account: Text::literal(account.as_str(), span),
            span,
            evidence: "data.aws_caller_identity of the plan".to_owned(),
        })
    }

    /// The account that the deployment is told to go to.
    fn told_account(&self) -> Option<AccountHint> {
        let account = self.deployment.account.as_ref()?;
        let told = self.deployment.told.as_ref();
        let written = told.and_then(|told| told.in_file(self.sources));
        let span = written.or_else(|| {
            let root = self.deployment.root.as_str();
            let files = self.sources.below(root).filter(|id| directory(self.sources.path(*id)) == root);
            Some(Span::start_of(files.into_iter().next()?))
        })?;
        Some(AccountHint {
            account: Text::literal(account.as_str(), span),
            span,
            evidence: "the configured deployment".to_owned(),
        })
    }
}

/// How a provider configuration logs in, seen from the default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Login {
    /// As the default configuration does, or it is that itself.
    Same,
    /// With nothing, while the default configuration has credentials.
    None,
    /// With credentials of its own.
    Apart,
}

/// The account of a profile that a configuration logs in with. Beside a role it only says who assumes that, and files of
/// profiles other than the usual ones may have another one of that name.
///
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs#shared-configuration-and-credentials-files>
fn profile(properties: &Map) -> Option<(String, AccountHint)> {
    const OTHERS: [&str; 4] = ["access_key", "assume_role", "assume_role_with_web_identity", "secret_key"];
    const FILES: [&str; 3] = ["shared_config_files", "shared_credentials_file", "shared_credentials_files"];
    let is_usual = |value: &Value| {
        let is_usual = |file: &Value| {
            let usual =
                |path: &str| [".aws/config", ".aws/credentials"].iter().any(|end| path.ends_with(end));
            file.as_str().is_some_and(|path| usual(&path))
        };
        value.as_list().map_or_else(|| is_usual(value), |list| !list.open && list.items.iter().all(is_usual))
    };
    let value = properties.get("profile")?;
    let name = value.as_str()?;
    let is_alone = OTHERS.iter().all(|name| credentials(name, properties).is_none());
    let are_usual = FILES.iter().filter_map(|name| credentials(name, properties)).all(is_usual);
    let hint = of_profile(&name, value.span, "profile of the provider").filter(|_| is_alone && are_usual)?;
    Some((name.into_owned(), hint))
}

/// The account of a unit, as that of another one.
fn same_account(key: &UnitKey, span: Span, evidence: &str) -> AccountHint {
    let account = Text::symbol(Symbol::new(Class::Account, key, Because::Run), span);
    AccountHint { account, span, evidence: evidence.to_owned() }
}

/// Something in a configuration that assumes a role when Terraform runs, as a declaration.
fn assuming(unit: UnitKey, address: String, type_name: &str, block: &Block, properties: Map) -> Declaration {
    let (span, body) = (block.header, block.span);
    let (origin, present) = (Origin::declared(&unit, type_name, address.as_str()), Answer::Yes);
    let (type_name, address, when) = (type_name.into(), address.into(), When::default());
    Declaration { unit, origin, address, type_name, span, body, present, when, properties }
}

/// Whether a backend keeps the state in a bucket.
fn is_s3(block: &Block) -> bool {
    block.labels.first().is_some_and(|label| &*label.value == "s3")
}

/// What a configuration logs in with; nothing when the argument is not set.
fn credentials<'v>(name: &str, properties: &'v Map) -> Option<&'v Value> {
    let is_empty = |value: &Value| match &value.kind {
        Kind::Text(text) => text.is_literally(""),
        Kind::List(list) => !list.open && list.items.is_empty(),
        _ => value.is_unset(),
    };
    properties.get(name).filter(|value| !is_empty(value))
}

/// Whether two configurations log in with the same, as far as an argument says. How a session is called does not
/// matter.
fn same_credentials(name: &str, one: &Map, other: &Map) -> bool {
    let (one, other) = match (credentials(name, one), credentials(name, other)) {
        (None, None) => return true,
        (Some(one), Some(other)) => (one, other),
        _ => return false,
    };
    let [one, other] = [one, other].map(|value| match &value.kind {
        Kind::List(list) if !list.open => list.items.iter().map(role_of).collect::<Option<Vec<_>>>(),
        Kind::Map(_) => role_of(value).map(|role| vec![role]),
        _ => Some(vec![value]),
    });
    let (Some(one), Some(other)) = (one, other) else { return false };
    one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| same(a, b).is_yes())
}

/// The role of a block that assumes one; what is no block is itself.
fn role_of(value: &Value) -> Option<&Value> {
    match &value.kind {
        Kind::Map(map) => map.get("role_arn"),
        _ => Some(value),
    }
}

/// The account of a role, and where it is written: that of all its alternatives, when it is one. Who assumes none in some case is
/// that account already, since a configuration is for one.
fn account_of_all(role: &Value) -> Option<(Text, Span)> {
    let mut roles = role.alternatives().iter().filter(|one| !one.is_unset());
    let first = roles.next()?;
    let account = account_of(&first.as_text()?)?;
    let is_same = |one: &Value| one.as_text().and_then(|arn| account_of(&arn)).as_ref() == Some(&account);
    roles.all(is_same).then_some((account, first.span))
}

/// The account in an ARN, when it is there. What another state or module says of a role, which is not in the project, is the
/// same role wherever it is asked for.
fn account_of(arn: &Text) -> Option<Text> {
    if let Some(role) = arn.as_symbol() {
        let is_elsewhere =
            matches!(role.origin.whole().kind(), OriginKind::State { .. } | OriginKind::Output { .. });
        let part = role.origin.part(Part::Function { name: "account".into(), argument: None });
        let account = Symbol::new(Class::AccountId, part, role.because);
        return is_elsewhere
            .then(|| Text::symbol(account, arn.span().unwrap_or_else(|| Span::start_of(SourceId::first()))));
    }
    let account = arn.splitn(6, ':').into_iter().nth(4)?;
    (!account.is_empty()).then_some(account)
}
