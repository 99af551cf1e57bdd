//! Collections in brackets.

use std::sync::Arc;

use super::{Next, Reader};
use crate::bounds;
use crate::parse::Node;

impl Reader<'_> {
    /// A collection in brackets that begins here. What is below its first line is indented further than `parent`.
    pub(super) fn flow(&mut self, parent: Option<usize>, tag: Option<Arc<str>>) -> Option<Node> {
        let (start, is_list) = (self.at, self.peek()? == b'[');
        let (first_item, first_member) = (self.items.len(), self.members.len());
        let close = if is_list { b']' } else { b'}' };
        self.at += 1;
        loop {
            self.flow_blank(parent)?;
            if self.peek()? == close {
                break;
            }
            if is_list {
                let start = self.at;
                let item = self.flow_node(parent)?;
                let item = if self.peek()? == b':' {
                    self.deeper(|reader| reader.flow_pair(start, &item, parent))?
                } else {
                    item
                };
                self.items.push(item);
            } else {
                let key = self.flow_scalar(None, None)?;
                self.flow_member(&key, parent)?;
            }
            self.flow_blank(parent)?;
            match self.peek()? {
                b',' => self.at += 1,
                other if other == close => break,
                _ => return None,
            }
        }
        self.at += 1;
        Some(if is_list {
            self.list(first_item, start, self.at, tag)
        } else {
            self.map(first_member, start, self.at, tag)
        })
    }

    /// What stands behind a key, from its colon on.
    fn flow_member(&mut self, key: &Node, parent: Option<usize>) -> Option<()> {
        if self.peek()? != b':' || !self.is_blank(self.at + 1) || self.text.get(key.span.range())? == "<<" {
            return None;
        }
        self.at += 1;
        self.flow_blank(parent)?;
        let value = self.flow_node(parent)?;
        self.member(key, value)
    }

    /// A mapping of one member that is an item of a list, without brackets of its own. Its key was just read.
    fn flow_pair(&mut self, start: usize, key: &Node, parent: Option<usize>) -> Option<Node> {
        let first = self.members.len();
        let written = self.text.get(start..self.at)?;
        // A key is a scalar on one line.
        if written.starts_with(['[', '{', '!'])
            || written.contains('\n')
            || written.len() > bounds::YAML_PLAIN_KEY
        {
            return None;
        }
        self.flow_member(key, parent)?;
        self.flow_blank(parent)?;
        Some(self.map(first, start, self.at, None))
    }

    fn flow_blank(&mut self, parent: Option<usize>) -> Option<()> {
        let line = self.line;
        let next = self.blank()?;
        // Even the closing bracket has to be indented.
        let is_inside = self.line == line || self.column() > parent.unwrap_or(0);
        (next != Next::End && is_inside).then_some(())
    }

    fn flow_node(&mut self, parent: Option<usize>) -> Option<Node> {
        let tag = self.tag().ok()?;
        match self.peek()? {
            b'[' | b'{' => self.deeper(|reader| reader.flow(parent, tag)),
            _ => self.flow_scalar(tag, parent),
        }
    }

    fn flow_scalar(&mut self, tag: Option<Arc<str>>, parent: Option<usize>) -> Option<Node> {
        let start = self.at;
        match self.peek()? {
            b'"' | b'\'' => return self.quoted(tag, parent),
            b'-' if matches!(self.byte(start + 1), Some(b'-' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9')) => {}
            b'-' | b'?' | b':' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' | b'#' | b'['
            | b']' | b'{' | b'}' | b',' | b' ' | b'\n' | b'\r' => return None,
            _ => {}
        }
        let mut end = start;
        for (index, byte) in self.bytes.get(start..)?.iter().enumerate() {
            let at = start + index;
            match byte {
                b' ' => {}
                b',' | b']' | b'}' | b'\n' | b'\r' => break,
                b':' if self.is_blank(at + 1) => break,
                b'[' | b'{' | b'\t' | b'#' => return None,
                b':' if matches!(self.byte(at + 1), Some(b',' | b'[' | b']' | b'{' | b'}')) => return None,
                _ => end = at + 1,
            }
        }
        self.at = end;
        self.plain(start, end, tag)
    }
}
