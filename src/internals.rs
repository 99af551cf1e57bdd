//! What tests and benchmarks ask of the inside, no part of the library. It is there only with the feature `internals`, which they
//! switch on: what the program itself does not use is still found by the compiler.

pub mod accounts {
    pub use crate::accounts::Accounts;
}

pub mod ask {
    pub use crate::ask::{Asked, Asker, Question, What, Who};
}

pub mod carriers {
    pub use crate::carriers::{AttachKind, Carrier, Role, Step, ValueKind, all, carriers, values};
}

pub mod config {
    pub use crate::config::{Named, NamedFile, Selectors};
}

pub mod diagnostic {
    pub use crate::diagnostic::{Accepted, Confidence, Effect, Instance, Label};
}

pub mod facts {
    pub use crate::facts::{Declaration, Language, Unit, Walked};
}

pub mod graph {
    pub use crate::graph::{DeclarationId, Graph, Identity, IdentityId, Resource, Seen, build};
}

pub mod iam {
    pub mod arn {
        pub use crate::iam::arn::Arn;
    }

    pub mod condition {
        pub use crate::iam::condition::{Context, Presence};
    }

    pub mod evaluate {
        pub use crate::iam::evaluate::{Caller, CallerKind, Decision, Layers, Policies, Request};
    }

    pub mod policy {
        pub use crate::iam::policy::{Policy, Statement};
    }

    pub mod principal {
        pub use crate::iam::principal::Principal;
    }

    pub mod read {
        pub use crate::iam::read::DefectKind;
    }
}

pub mod outcome {
    pub use crate::outcome::Summary;
}

pub mod parse {
    pub use crate::parse::{Node, NodeKind};

    pub mod hcl {
        pub use crate::parse::hcl::{
            Body, Expression, ExpressionKind, ObjectKey, Step, Template, TemplatePart, parse,
        };
    }

    pub mod json {
        pub use crate::parse::json::{carefully, parse, value_from_text};
    }

    pub mod yaml {
        pub use crate::parse::yaml::{parse, plain, whole};
    }
}

pub mod report {
    #[cfg(feature = "schema")]
    pub use crate::report::json_schema;
    pub use crate::report::{Style, rule_url, statistics, summary};
}

pub mod rules {
    pub use crate::rules::{Rule, rule};
}

pub mod run {
    pub use crate::run::{Bundled, check_again, export, graph_of};
}

pub mod source {
    pub use crate::source::SourceId;
}

pub mod statistics {
    pub use crate::statistics::{Element, Resolution, Statistics, Unresolved};
}

pub mod value {
    pub use crate::value::{
        Answer, Because, Class, Entry, Kind, List, Map, OriginKind, PieceKind, Symbol, Text, UnitKey, Value,
        When,
    };
}

pub mod walk {
    pub use crate::walk::{Inputs, Memory, project, project_again};

    pub mod bundle {
        pub use crate::walk::bundle::{Export, Input, kept, open, walk, write};
    }

    pub mod cloudformation {
        pub use crate::walk::cloudformation::{Inputs, claims, walk};
    }

    pub mod terraform {
        pub use crate::walk::terraform::{Deployment, Inputs, walk};
    }
}
