//! Lists, objects, loops and arguments of functions.

use std::sync::Arc;

use super::reader::{Name, Read, Reader};
use super::tree::{Call, Expression, ExpressionKind, For, ObjectItem, ObjectKey};
use crate::source::Spanned;

/// Terraform 0.11 took an object for a block, and let blocks stand in it.
const IN_OBJECT: &str =
    "a block stands inside of `= { … }`: remove that `=`, which Terraform rejects since 0.12";

impl Reader<'_> {
    pub(super) fn list(&mut self) -> Read<Expression> {
        let open = self.at;
        let multi = std::mem::replace(&mut self.multi, true);
        self.advance(1);
        if self.is_keyword("for") {
            return self.loop_over(open, b']', multi);
        }
        let from = self.stacks.expressions.len();
        while self.peek() != Some(b']') {
            let item = self.expression()?;
            self.stacks.expressions.push(item);
            if self.peek() != Some(b',') {
                break;
            }
            self.advance(1);
        }
        self.close(b']', open, multi)?;
        let kind = ExpressionKind::List(self.stacks.expressions.drain(from..).collect());
        Ok(Expression { kind, span: self.span(open, self.end) })
    }

    /// Reads the arguments of a call whose name begins at `start`.
    pub(super) fn call(&mut self, name: Name, start: usize) -> Read<Expression> {
        let open = self.at;
        let multi = std::mem::replace(&mut self.multi, true);
        self.advance(1);
        let from = self.stacks.expressions.len();
        let mut expand_last = false;
        while self.peek() != Some(b')') {
            let argument = self.expression()?;
            self.stacks.expressions.push(argument);
            if self.is_next("...") {
                expand_last = true;
                self.advance(3);
                break;
            }
            if self.peek() != Some(b',') {
                break;
            }
            self.advance(1);
        }
        if self.peek().is_some_and(|byte| byte != b')') {
            return self.expected(if expand_last { "`)`" } else { "`,` or `)`" });
        }
        self.close(b')', open, multi)?;
        let arguments = self.stacks.expressions.drain(from..).collect();
        let call = Box::new(Call { name, arguments, expand_last });
        Ok(Expression { kind: ExpressionKind::Call(call), span: self.span(start, self.end) })
    }

    pub(super) fn object(&mut self) -> Read<Expression> {
        let open = self.at;
        let multi = std::mem::replace(&mut self.multi, true);
        self.advance(1);
        if self.is_keyword("for") {
            return self.loop_over(open, b'}', multi);
        }
        // Line breaks separate the items.
        self.multi = false;
        let from = self.stacks.items.len();
        while self.peek() != Some(b'}') {
            if self.peek().is_none() {
                return self.fail(open, open + 1, "the bracket that is opened here is never closed");
            }
            let item = self.object_item()?;
            self.stacks.items.push(item);
            match self.peek() {
                Some(b'}') => break,
                Some(b',') => self.advance(1),
                _ if self.is_line_end() => {}
                _ => return self.expected("`,` or a line break between the items of an object"),
            }
            self.blank_lines();
        }
        self.close(b'}', open, multi)?;
        let kind = ExpressionKind::Object(self.stacks.items.drain(from..).collect());
        Ok(Expression { kind, span: self.span(open, self.end) })
    }

    fn object_item(&mut self) -> Read<ObjectItem> {
        let key = self.key()?;
        match self.peek() {
            Some(b'=' | b':') => self.advance(1),
            Some(b'{') => {
                self.is_former = true;
                return self.fail(self.at, self.at + 1, IN_OBJECT);
            }
            _ => return self.expected("`=` and the value of this key"),
        }
        Ok(ObjectItem { key, value: self.expression()? })
    }

    /// A word alone is a text, also where it is a keyword.
    fn key(&mut self) -> Read<ObjectKey> {
        if self.is_word() {
            let start = self.at;
            self.advance(self.word_length());
            let next = self.peek_at(1);
            match self.peek() {
                Some(b'=') if next != Some(b'=') => return Ok(ObjectKey::Word(self.named(start, self.end))),
                Some(b':') if next != Some(b':') => return Ok(ObjectKey::Word(self.named(start, self.end))),
                _ => self.at = start,
            }
        }
        let key = self.expression()?;
        if let (ExpressionKind::Variable(name), Some(b'{')) = (&key.kind, self.peek()) {
            return Ok(ObjectKey::Word(Spanned::new(Arc::clone(name), key.span)));
        }
        Ok(ObjectKey::Expression(key))
    }

    /// Reads `for …` and the bracket that closes it. Inside of it, line breaks mean nothing.
    fn loop_over(&mut self, open: usize, bracket: u8, multi: bool) -> Read<Expression> {
        let (key_name, value_name) = self.loop_names()?;
        let collection = self.expression()?;
        self.expect(b':', "`:`")?;
        let mut value = self.expression()?;
        let (mut key, mut grouping) = (None, false);
        if bracket == b'}' {
            if !self.is_next("=>") {
                return self.expected("`=>`");
            }
            self.advance(2);
            key = Some(std::mem::replace(&mut value, self.expression()?));
            if self.is_next("...") {
                grouping = true;
                self.advance(3);
            }
        }
        let mut condition = None;
        if self.is_keyword("if") {
            self.advance(2);
            condition = Some(self.expression()?);
        }
        if self.peek().is_some_and(|byte| byte != bracket) {
            return self.expected(if bracket == b'}' { "`}`" } else { "`]`" });
        }
        self.close(bracket, open, multi)?;
        let inner = For { key_name, value_name, collection, key, value, grouping, condition };
        Ok(Expression { kind: ExpressionKind::For(Box::new(inner)), span: self.span(open, self.end) })
    }

    /// `for a in`, `for a, b in`: the name of the key, and that of the value.
    pub(super) fn loop_names(&mut self) -> Read<(Option<Name>, Name)> {
        self.advance(3);
        let mut names = (None, self.word("a name")?);
        if self.peek() == Some(b',') {
            self.advance(1);
            let value = self.word("a name")?;
            names = (Some(names.1), value);
        }
        if !self.is_keyword("in") {
            return self.expected("`in`");
        }
        self.advance(2);
        Ok(names)
    }
}
