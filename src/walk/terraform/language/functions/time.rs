//! Dates and times.

use jiff::SignedDuration;
use jiff::civil::{Date, DateTime, Time};

use super::function::{Function, at};
use crate::source::Span;
use crate::value::Value;
use crate::walk::terraform::language::convert::{Evaluated, Number, Stop, literal_of, number_value};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("formatdate", (2, 2), format),
    Function::new("timeadd", (2, 2), add),
    Function::new("timecmp", (2, 2), compare),
];

/// A time of RFC 3339.
struct Stamp {
    local: DateTime,
    /// Minutes east of UTC.
    offset: i64,
}

impl Stamp {
    fn read(value: &Value) -> Evaluated<Self> {
        Self::parse(&literal_of(value)?).ok_or(Stop::Refused)
    }

    fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_once('T')?;
        let clock_end = rest.find(['Z', '+', '-'])?;
        let (clock, zone) = rest.split_at_checked(clock_end)?;
        let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(c, f)| (c, Some(f)));
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
        let nanosecond = match fraction {
            None => 0,
            Some(digits) if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) => return None,
            Some(digits) => format!("{digits:0<9}").get(..9)?.parse().ok()?,
        };
        let offset = if zone == "Z" {
            0
        } else {
            let [hours, minutes] = numbers(zone.get(1..)?, ':', [2, 2])?;
            let size = i64::from(hours) * 60 + i64::from(minutes);
            if zone.starts_with('-') { -size } else { size }
        };
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
        let [hour, minute, second] = [hour, minute, second].map(i8::try_from);
        let time = Time::new(hour.ok()?, minute.ok()?, second.ok()?, nanosecond).ok()?;
        Some(Self { local: date.to_datetime(time), offset })
    }

    fn zone(&self, colon: &str) -> String {
        let size = self.offset.abs();
        let sign = if self.offset < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", size / 60, size % 60)
    }

    fn universal(&self) -> Option<DateTime> {
        self.local.checked_sub(SignedDuration::from_mins(self.offset)).ok()
    }
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[i16; N]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let fits =
        |(part, width): (&&str, usize)| part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() != N || !parts.iter().zip(widths).all(fits) {
        return None;
    }
    let numbers: Option<Vec<i16>> = parts.iter().map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn add(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let stamp = Stamp::read(at(arguments, 0)?)?;
    let duration = duration(&literal_of(at(arguments, 1)?)?).ok_or(Stop::Refused)?;
    let later = stamp.local.checked_add(duration).map_err(|_| Stop::Unknown)?;
    let zone = if stamp.offset == 0 { "Z".to_owned() } else { stamp.zone(":") };
    Ok(Value::literal(format!("{}{zone}", later.strftime("%Y-%m-%dT%H:%M:%S")), span))
}

/// A duration as Go writes it: `1h30m`, `-1.5s`.
fn duration(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(letters)?;
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let fraction = fraction.get(..fraction.len().min(18))?;
        let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        let scale = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        total = total.checked_add(whole.checked_mul(unit)?)?.checked_add(part.checked_mul(unit)? / scale)?;
        rest = after;
    }
    let total = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(SignedDuration::from_nanos(total))
}

fn compare(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let [a, b] = [Stamp::read(at(arguments, 0)?)?, Stamp::read(at(arguments, 1)?)?];
    let order = a.universal().ok_or(Stop::Unknown)?.cmp(&b.universal().ok_or(Stop::Unknown)?);
    Ok(number_value(Number::whole(order as i128), span))
}

fn format(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let layout = literal_of(at(arguments, 0)?)?;
    let stamp = Stamp::read(at(arguments, 1)?)?;
    let mut out = String::new();
    let mut rest = layout.chars().peekable();
    while let Some(first) = rest.next() {
        if first == '\'' {
            loop {
                match rest.next().ok_or(Stop::Refused)? {
                    '\'' if rest.next_if_eq(&'\'').is_some() => out.push('\''),
                    '\'' => break,
                    other => out.push(other),
                }
            }
            continue;
        }
        if !first.is_ascii_alphabetic() {
            out.push(first);
            continue;
        }
        let mut verb = String::from(first);
        while rest.next_if_eq(&first).is_some() {
            verb.push(first);
        }
        out.push_str(&part(&stamp, &verb).ok_or(Stop::Refused)?);
    }
    Ok(Value::literal(out, span))
}

/// What a sequence of one letter stands for.
fn part(stamp: &Stamp, verb: &str) -> Option<String> {
    let (hour, minute) = (stamp.local.hour(), stamp.local.minute());
    let half = match hour % 12 {
        0 => 12,
        other => other,
    };
    let shown = |directive: &str| stamp.local.strftime(directive).to_string();
    Some(match verb {
        "YYYY" => format!("{:04}", stamp.local.year()),
        "YY" => format!("{:02}", stamp.local.year() % 100),
        "MMMM" => shown("%B"),
        "MMM" => shown("%b"),
        "MM" => format!("{:02}", stamp.local.month()),
        "M" => stamp.local.month().to_string(),
        "DD" => format!("{:02}", stamp.local.day()),
        "D" => stamp.local.day().to_string(),
        "EEEE" => shown("%A"),
        "EEE" => shown("%a"),
        "hh" => format!("{hour:02}"),
        "h" => hour.to_string(),
        "HH" => format!("{half:02}"),
        "H" => half.to_string(),
        "AA" => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
        "aa" => (if hour < 12 { "am" } else { "pm" }).to_owned(),
        "mm" => format!("{minute:02}"),
        "m" => minute.to_string(),
        "ss" => format!("{:02}", stamp.local.second()),
        "s" => stamp.local.second().to_string(),
        "Z" if stamp.offset == 0 => "Z".to_owned(),
        "ZZZ" if stamp.offset == 0 => "UTC".to_owned(),
        "Z" | "ZZZZZ" => stamp.zone(":"),
        "ZZZ" | "ZZZZ" => stamp.zone(""),
        _ => return None,
    })
}
