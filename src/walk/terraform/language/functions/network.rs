//! Address ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::function::{Function, MANY, at};
use crate::source::Span;
use crate::value::Value;
use crate::walk::terraform::language::convert::{Evaluated, Stop, literal_of, whole_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("cidrhost", (2, 2), host),
    Function::new("cidrnetmask", (1, 1), netmask),
    Function::new("cidrsubnet", (3, 3), subnet),
    Function::new("cidrsubnets", (1, MANY), subnets),
];

/// A range: the bits of its first address, how long the prefix is, and how long an address.
#[derive(Clone, Copy)]
struct Range {
    first: u128,
    prefix: u32,
    width: u32,
}

impl Range {
    fn read(text: &str) -> Evaluated<Self> {
        let (address, prefix) = text.split_once('/').ok_or(Stop::Refused)?;
        let plain = !prefix.is_empty() && prefix.bytes().all(|byte| byte.is_ascii_digit());
        let prefix: u32 = prefix.parse().ok().filter(|_| plain).ok_or(Stop::Refused)?;
        let (bits, width) = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => (u128::from(u32::from(address)), 32),
            // These are taken for the addresses they stand for.
            Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => return Err(Stop::Unknown),
            Ok(IpAddr::V6(address)) => (u128::from(address), 128),
            // Leading zeros are accepted by Terraform.
            Err(_) => {
                let odd = address.contains('.') && address.bytes().all(|b| b.is_ascii_digit() || b == b'.');
                return Err(if odd { Stop::Unknown } else { Stop::Refused });
            }
        };
        if prefix > width {
            return Err(Stop::Refused);
        }
        Ok(Self { first: bits & !Self::hosts(width - prefix), prefix, width })
    }

    /// The mask of so many last bits.
    fn hosts(bits: u32) -> u128 {
        1u128.checked_shl(bits).map_or(u128::MAX, |power| power - 1)
    }

    fn address(&self, bits: u128) -> String {
        match u32::try_from(bits) {
            Ok(bits) if self.width == 32 => Ipv4Addr::from(bits).to_string(),
            _ => Ipv6Addr::from(bits).to_string(),
        }
    }

    fn written(&self) -> String {
        format!("{}/{}", self.address(self.first), self.prefix)
    }
}

fn host(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let range = Range::read(&literal_of(at(arguments, 0)?)?)?;
    let number = whole_of(at(arguments, 1)?)?;
    let last = Range::hosts(range.width - range.prefix);
    let offset = match u128::try_from(number) {
        Ok(number) => Some(number).filter(|number| *number <= last),
        // Counted from the end.
        Err(_) => last.checked_sub(number.unsigned_abs() - 1),
    };
    Ok(Value::literal(range.address(range.first | offset.ok_or(Stop::Refused)?), span))
}

fn netmask(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let range = Range::read(&literal_of(at(arguments, 0)?)?)?;
    if range.width != 32 {
        return Err(Stop::Refused);
    }
    let mask = !Range::hosts(range.width - range.prefix) & Range::hosts(32);
    Ok(Value::literal(range.address(mask), span))
}

fn subnet(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let range = Range::read(&literal_of(at(arguments, 0)?)?)?;
    let [more, number] = [whole_of(at(arguments, 1)?)?, whole_of(at(arguments, 2)?)?];
    // What Terraform makes of a negative number is an accident.
    let more = u32::try_from(more).map_err(|_| Stop::Unknown)?;
    let number = u128::try_from(number).map_err(|_| Stop::Unknown)?;
    let prefix = range.prefix.checked_add(more).filter(|it| *it <= range.width).ok_or(Stop::Refused)?;
    if number > Range::hosts(more) {
        return Err(Stop::Refused);
    }
    let offset = number.checked_shl(range.width - prefix).unwrap_or(0);
    Ok(Value::literal(Range { first: range.first | offset, prefix, ..range }.written(), span))
}

fn subnets(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let (whole, sizes) = arguments.split_first().ok_or(Stop::Refused)?;
    let whole = Range::read(&literal_of(whole)?)?;
    let end = whole.first | Range::hosts(whole.width - whole.prefix);
    let mut next = Some(whole.first);
    let mut found = Vec::new();
    for size in sizes {
        let more = whole_of(size)?;
        let more = u32::try_from(more).ok().filter(|more| (1..=32).contains(more)).ok_or(Stop::Refused)?;
        let prefix = whole.prefix.checked_add(more).filter(|it| *it <= whole.width).ok_or(Stop::Refused)?;
        let hosts = Range::hosts(whole.width - prefix);
        // The next place where a range of that size can begin.
        let start = next.ok_or(Stop::Refused)?;
        let first = if start & hosts == 0 { Some(start) } else { (start | hosts).checked_add(1) };
        let first = first.filter(|first| first | hosts <= end).ok_or(Stop::Refused)?;
        found.push(Value::literal(Range { first, prefix, ..whole }.written(), span));
        next = (first | hosts).checked_add(1);
    }
    Ok(Value::list(found, span))
}
