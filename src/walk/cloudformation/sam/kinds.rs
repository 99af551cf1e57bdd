//! The types of SAM.

/// A type of SAM.
#[derive(Debug)]
pub(in crate::walk::cloudformation) struct Kind {
    /// The type as it is written.
    pub(in crate::walk::cloudformation) name: &'static str,
    /// The type of what it becomes.
    pub(super) makes: &'static str,
    /// Properties that are called otherwise in SAM: the name of the type it becomes, and SAM's.
    pub(super) renamed: &'static [(&'static str, &'static str)],
    /// Properties that only SAM has.
    pub(super) own: &'static [&'static str],
}

/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-resources-and-properties.html>
static KINDS: &[Kind] = &[
    Kind {
        name: "AWS::Serverless::Function",
        makes: "AWS::Lambda::Function",
        renamed: &[],
        own: &[
            "Policies",
            "AssumeRolePolicyDocument",
            "RolePath",
            "PermissionsBoundary",
            "Events",
            "FunctionUrlConfig",
            "EventInvokeConfig",
            "DeploymentPreference",
            "AutoPublishAlias",
            "DeadLetterQueue",
        ],
    },
    Kind {
        name: "AWS::Serverless::StateMachine",
        makes: "AWS::StepFunctions::StateMachine",
        renamed: &[("StateMachineName", "Name"), ("RoleArn", "Role"), ("StateMachineType", "Type")],
        own: &["Policies", "RolePath", "PermissionsBoundary", "Events"],
    },
    Kind { name: "AWS::Serverless::Api", makes: "AWS::ApiGateway::RestApi", renamed: &[], own: &["Auth"] },
    Kind { name: "AWS::Serverless::HttpApi", makes: "AWS::ApiGatewayV2::Api", renamed: &[], own: &["Auth"] },
    Kind { name: "AWS::Serverless::SimpleTable", makes: "AWS::DynamoDB::Table", renamed: &[], own: &[] },
    Kind {
        name: "AWS::Serverless::LayerVersion",
        makes: "AWS::Lambda::LayerVersion",
        renamed: &[],
        own: &[],
    },
    Kind {
        name: "AWS::Serverless::Application",
        makes: "AWS::CloudFormation::Stack",
        renamed: &[("TemplateURL", "Location")],
        own: &[],
    },
    Kind { name: "AWS::Serverless::GraphQLApi", makes: "AWS::AppSync::GraphQLApi", renamed: &[], own: &[] },
    Kind { name: "AWS::Serverless::Connector", makes: "AWS::Serverless::Connector", renamed: &[], own: &[] },
];

/// The kind of a type, when it is one of SAM's.
pub(in crate::walk::cloudformation) fn kind(type_name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == type_name)
}

impl Kind {
    /// What a property of the type it becomes is called in SAM.
    pub(in crate::walk::cloudformation) fn written<'n>(&self, name: &'n str) -> &'n str {
        let renamed = self.renamed.iter().find(|(real, _)| *real == name);
        renamed.map_or(name, |(_, written)| *written)
    }

    /// The name of its section in `Globals`.
    pub(super) fn section(&self) -> &'static str {
        self.name.rsplit("::").next().unwrap_or(self.name)
    }
}
