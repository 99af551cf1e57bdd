//! Layers and images that functions run.

use super::Graph;
use super::links::Code;
use crate::carriers::{self, Role};
use crate::iam::arn::Arn;
use crate::value::{Answer, Text, Value};

/// Types of functions.
const FUNCTIONS: [&str; 2] = ["AWS::Lambda::Function", "aws_lambda_function"];

impl Graph {
    /// The layers and images that functions run, of which the account is said.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html>
    /// <https://docs.aws.amazon.com/lambda/latest/dg/images-create.html>
    pub fn code_of_functions(&self) -> Vec<Code> {
        let mut found = Vec::new();
        for declaration in FUNCTIONS.iter().flat_map(|name| self.of_type(name)).copied() {
            let function = &self.declarations[declaration];
            let rows = carriers::carriers(&function.type_name);
            for row in rows.iter().filter(|row| row.role == Role::ResourceLink) {
                let certain = !carriers::may_differ(&function.properties, &row.path);
                let present = function.present.and(if certain { Answer::Yes } else { Answer::Unknown });
                for value in
                    carriers::values(&function.properties, &row.path).into_iter().flat_map(Value::items)
                {
                    let Some(named) = value.as_text() else { continue };
                    let Some((account, is_layer)) = account_of(&named) else { continue };
                    let (span, via) = (value.span, value.via.clone());
                    found.push(Code { declaration, span, via, named, account, is_layer, present });
                }
            }
        }
        found
    }
}

/// The account of a layer by its ARN, or of an image by its URI; the flag says that it is a layer.
fn account_of(named: &Text) -> Option<(Text, bool)> {
    if named.begins_with("arn:") {
        let arn = Arn::parse(named)?;
        let is_layer = arn.service.is_literally("lambda") && arn.resource.begins_with("layer:");
        return is_layer.then_some((arn.account, true));
    }
    // 640123987001.dkr.ecr.eu-west-1.amazonaws.com/app:1
    let mut fields = named.splitn(4, '.').into_iter();
    let account = fields.next()?;
    let is_image = fields.next()?.is_literally("dkr") && fields.next()?.is_literally("ecr");
    is_image.then_some((account, false))
}
