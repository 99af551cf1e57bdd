//! Numbers as Terraform has them, as far as they can be held without losing a digit.
//!
//! Terraform calculates with binary floating point of 512 bits, reads decimals into it and prints the shortest
//! decimal that reads back as the same. Whole numbers and fractions of powers of two are exact in it, and so
//! they are here; sums and products of other decimals (`1.1 + 2.2`) come out with a tail of rounding there
//! and are not known here.

use std::cmp::Ordering;

use crate::bounds;

/// The most significant digits that survive 512 bits.
const SIGNIFICANT: usize = 150;

/// `mantissa / 10^scale`, without superfluous zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    mantissa: i128,
    scale: u32,
}

/// What a text is, read as a number.
pub(crate) enum Reading {
    /// This number.
    Number(Number),
    /// A number that is not held exactly: too many digits, infinity, minus zero.
    Other,
    /// No number.
    None,
}

impl Number {
    /// A whole number.
    pub(crate) fn whole(value: i128) -> Self {
        Self { mantissa: value, scale: 0 }
    }

    fn new(mut mantissa: i128, mut scale: u32) -> Option<Self> {
        while scale > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            scale -= 1;
        }
        (scale <= bounds::NUMBER_SCALE).then_some(Self { mantissa, scale })
    }

    /// Reads a number as Terraform does where a string is used as a number.
    pub(crate) fn read(text: &str) -> Reading {
        // Most are few digits.
        if text.bytes().all(|byte| byte.is_ascii_digit())
            && let Ok(whole) = text.parse::<u64>()
        {
            return Reading::Number(Self::whole(whole.into()));
        }
        let Some(decimal) = Decimal::read(text) else {
            return if is_special(text) { Reading::Other } else { Reading::None };
        };
        decimal.number().map_or(Reading::Other, Reading::Number)
    }

    /// The value, when it is a whole number.
    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.scale == 0).then_some(self.mantissa)
    }

    /// Whether it is less than zero, zero, or greater.
    pub(crate) fn signum(self) -> i128 {
        self.mantissa.signum()
    }

    /// Whether binary floating point holds it exactly.
    fn is_exact(self) -> bool {
        5i128.checked_pow(self.scale).is_some_and(|power| self.mantissa % power == 0)
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let scale = self.scale.max(other.scale);
        let at = |number: Self| number.mantissa.checked_mul(10i128.checked_pow(scale - number.scale)?);
        Some((at(self)?, at(other)?, scale))
    }

    /// The order of two numbers; `None` when they are too far apart to be compared.
    pub(crate) fn compare(self, other: Self) -> Option<Ordering> {
        if self.signum() != other.signum() {
            return Some(self.signum().cmp(&other.signum()));
        }
        self.aligned(other).map(|(a, b, _)| a.cmp(&b))
    }

    /// The sum; `None` when Terraform's is rounded.
    pub(crate) fn add(self, other: Self) -> Option<Self> {
        if !(self.is_exact() && other.is_exact()) {
            return None;
        }
        let (a, b, scale) = self.aligned(other)?;
        Self::new(a.checked_add(b)?, scale)
    }

    /// The difference; `None` when Terraform's is rounded.
    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        self.add(Self { mantissa: other.mantissa.checked_neg()?, scale: other.scale })
    }

    /// The product; `None` when Terraform's is rounded, or minus zero.
    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        if !(self.is_exact() && other.is_exact()) || self.makes_minus_zero(other) {
            return None;
        }
        Self::new(self.mantissa.checked_mul(other.mantissa)?, self.scale + other.scale)
    }

    /// The quotient; `None` when it is no finite decimal, when Terraform's is rounded, or minus zero.
    pub(crate) fn divide(self, other: Self) -> Option<Self> {
        if !(self.is_exact() && other.is_exact()) || other.mantissa == 0 || self.makes_minus_zero(other) {
            return None;
        }
        let (above, below, _) = self.aligned(other)?;
        let common =
            i128::try_from(greatest_common_divisor(above.unsigned_abs(), below.unsigned_abs())).ok()?;
        let (above, below) = (above / common * below.signum(), (below / common).checked_abs()?);
        let (mut rest, mut twos, mut fives) = (below, 0u32, 0u32);
        while rest % 2 == 0 {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest % 5 == 0 {
            (rest, fives) = (rest / 5, fives + 1);
        }
        let scale = twos.max(fives);
        (rest == 1).then_some(())?;
        let factor = 10i128.checked_pow(scale)? / below;
        Self::new(above.checked_mul(factor)?, scale)
    }

    /// What remains of the division, with the sign of this number; this number when divided by zero.
    pub(crate) fn modulo(self, other: Self) -> Option<Self> {
        if other.mantissa == 0 {
            return Some(self);
        }
        if !(self.is_exact() && other.is_exact()) {
            return None;
        }
        let (a, b, scale) = self.aligned(other)?;
        Self::new(a.checked_rem(b)?, scale)
    }

    fn makes_minus_zero(self, other: Self) -> bool {
        self.signum() * other.signum() == 0 && self.signum() + other.signum() < 0
    }

    /// The greatest whole number that is not greater.
    pub(crate) fn floor(self) -> Option<i128> {
        Some(self.mantissa.div_euclid(10i128.checked_pow(self.scale)?))
    }

    /// The size with so many digits behind the point, rounded to the nearest, in doubt to the even one.
    pub(crate) fn rounded(self, precision: u32) -> Option<String> {
        let size = self.mantissa.unsigned_abs();
        let kept = if precision >= self.scale {
            size.checked_mul(10u128.checked_pow(precision - self.scale)?)?
        } else {
            let cut = 10u128.checked_pow(self.scale - precision)?;
            let (whole, rest) = (size / cut, size % cut);
            match rest.cmp(&(cut / 2)) {
                Ordering::Less => whole,
                Ordering::Greater => whole + 1,
                // In binary it may lie a little to either side.
                Ordering::Equal if !self.is_exact() => return None,
                Ordering::Equal => whole + whole % 2,
            }
        };
        let behind = usize::try_from(precision).ok()?;
        let digits = format!("{kept:0>width$}", width = behind + 1);
        let (whole, fraction) = digits.split_at_checked(digits.len() - behind)?;
        Some(if behind == 0 { whole.to_owned() } else { format!("{whole}.{fraction}") })
    }

    /// As Terraform writes it: without an exponent and without superfluous zeros.
    pub(crate) fn written(self) -> String {
        let digits = self.mantissa.unsigned_abs().to_string();
        Decimal { negative: self.mantissa < 0, digits, exponent: -i64::from(self.scale) }
            .written()
            .unwrap_or_default()
    }
}

/// A number in Terraform's form: no exponent, no leading or trailing zeros. `None` when it cannot be told.
pub(crate) fn canonical(text: &str) -> Option<String> {
    Decimal::read(text)?.written()
}

/// A number with ten digits at most, and with an exponent where that is shorter: `%.10g`. `None` when it cannot
/// be told.
pub(super) fn ten_digits(text: &str) -> Option<String> {
    const PRECISION: usize = 10;
    let mut decimal = Decimal::read(text)?;
    if let Some(rest) = decimal.digits.get(PRECISION..).filter(|rest| !rest.is_empty()) {
        let dropped = i64::try_from(rest.len()).ok()?;
        // Halfway between two is left alone.
        let up = match rest.bytes().next()? {
            b'5' if rest.len() == 1 => return None,
            first => first >= b'5',
        };
        let kept: u64 = decimal.digits.get(..PRECISION)?.parse().ok()?;
        let kept = (kept + u64::from(up)).to_string();
        let digits = kept.trim_end_matches('0');
        decimal.exponent += dropped + i64::try_from(kept.len() - digits.len()).ok()?;
        digits.clone_into(&mut decimal.digits);
    }
    decimal.general(10)
}

/// A number as `format` writes it for `%v`: with an exponent from a million on. `None` when it cannot be told.
pub(crate) fn shortest(text: &str) -> Option<String> {
    Decimal::read(text)?.general(6)
}

/// Digits, without zeros at either end, times a power of ten.
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn read(text: &str) -> Option<Self> {
        let negative = text.starts_with('-');
        let text = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let both = format!("{whole}{fraction}");
        let kept = both.trim_end_matches('0');
        let dropped = both.len() - kept.len();
        let shift = i64::try_from(dropped).ok()? - i64::try_from(fraction.len()).ok()?;
        Some(Self {
            negative,
            digits: kept.trim_start_matches('0').to_owned(),
            exponent: exponent.checked_add(shift)?,
        })
    }

    fn number(&self) -> Option<Number> {
        if self.digits.is_empty() {
            return (!self.negative).then_some(Number::whole(0));
        }
        let digits: i128 = self.digits.parse().ok()?;
        let digits = if self.negative { -digits } else { digits };
        match u32::try_from(self.exponent) {
            Ok(exponent) => Some(Number::whole(digits.checked_mul(10i128.checked_pow(exponent)?)?)),
            Err(_) => Number::new(digits, u32::try_from(self.exponent.checked_neg()?).ok()?),
        }
    }

    /// Without an exponent below `10^limit`, with one from there on and for what is very small.
    fn general(&self, limit: i64) -> Option<String> {
        let exponent = i64::try_from(self.digits.len()).ok()? + self.exponent - 1;
        if self.digits.is_empty() || (-4..limit).contains(&exponent) {
            return self.written();
        }
        if self.digits.len() > SIGNIFICANT {
            return None;
        }
        let (first, rest) = self.digits.split_at_checked(1)?;
        let point = if rest.is_empty() { "" } else { "." };
        let sign = if self.negative { "-" } else { "" };
        let direction = if exponent < 0 { '-' } else { '+' };
        Some(format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.abs()))
    }

    fn written(&self) -> Option<String> {
        let sign = if self.negative { "-" } else { "" };
        if self.digits.is_empty() {
            return Some(format!("{sign}0"));
        }
        if self.digits.len() > SIGNIFICANT || self.exponent.unsigned_abs() > bounds::NUMBER_LENGTH as u64 {
            return None;
        }
        if let Ok(zeros) = usize::try_from(self.exponent) {
            return Some(format!("{sign}{}{}", self.digits, "0".repeat(zeros)));
        }
        let behind = usize::try_from(self.exponent.unsigned_abs()).ok()?;
        let padded = format!("{}{}", "0".repeat((behind + 1).saturating_sub(self.digits.len())), self.digits);
        let (whole, fraction) = padded.split_at_checked(padded.len() - behind)?;
        Some(format!("{sign}{whole}.{fraction}"))
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Beyond this everything is out of bounds alike.
    let size: i64 = digits.parse().unwrap_or(i64::MAX).min(1_000_000_000);
    Some(if text.starts_with('-') { -size } else { size })
}

/// What is no plain decimal and may yet be a number: infinity, a binary exponent.
fn is_special(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let binary = text.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && text.contains(['p', 'P'])
        && text.bytes().all(|byte| byte.is_ascii_digit() || b".+-pP".contains(&byte));
    binary || text == "inf" || text == "Inf"
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        match Number::read(text) {
            Reading::Number(number) => number,
            Reading::Other | Reading::None => panic!("{text}"),
        }
    }

    #[test]
    fn numbers_are_written_as_terraform_writes_them() {
        // What `tostring` of Terraform 1.11.4 says.
        for (written, expected) in [
            ("012", "12"),
            ("1.10", "1.1"),
            ("1e3", "1000"),
            ("1.0", "1"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+1", "1"),
            ("-0", "-0"),
            ("1e-3", "0.001"),
            ("120e-1", "12"),
            ("1e30", "1000000000000000000000000000000"),
        ] {
            assert_eq!(canonical(written).as_deref(), Some(expected), "{written}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_from_what_cannot_be_held() {
        for text in ["", " 1", "0x10", "1_000", "abc", "1e", "-", "."] {
            assert!(matches!(Number::read(text), Reading::None), "{text}");
        }
        for text in ["inf", "-0", "1e100", "1p4", "0.1234567890123456789012345678901234567890"] {
            assert!(matches!(Number::read(text), Reading::Other), "{text}");
        }
    }

    #[test]
    fn arithmetic_is_exact_or_not_known() {
        let written = |number: Option<Number>| number.map(Number::written);
        let [third, tenth] = [number("3"), number("0.1")];
        assert_eq!(written(number("7").divide(number("2"))).as_deref(), Some("3.5"));
        assert_eq!(written(number("1").divide(number("10"))).as_deref(), Some("0.1"));
        assert_eq!(written(number("1").divide(third)), None);
        assert_eq!(written(tenth.add(number("0.2"))), None, "rounded in binary");
        assert_eq!(written(number("0.5").add(number("0.25"))).as_deref(), Some("0.75"));
        assert_eq!(written(number("-7").modulo(third)).as_deref(), Some("-1"));
        assert_eq!(written(number("7").modulo(number("-3"))).as_deref(), Some("1"));
        assert_eq!(written(number("7.5").modulo(number("2"))).as_deref(), Some("1.5"));
        assert_eq!(written(number("5").modulo(number("0"))).as_deref(), Some("5"));
        assert_eq!(written(number("0").multiply(number("-1"))), None, "minus zero");
        assert_eq!(written(number("-1").divide(number("-4"))).as_deref(), Some("0.25"));
    }
}
