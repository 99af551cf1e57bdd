//! Digests.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use super::encoding::encoded;
use super::function::{Function, MANY, at};
use crate::source::Span;
use crate::value::Value;
use crate::walk::terraform::language::convert::{Evaluated, Stop, literal_of};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64sha256", (1, 1), in_base64::<Sha256>),
    Function::new("base64sha512", (1, 1), in_base64::<Sha512>),
    // Salted.
    Function::new("bcrypt", (1, MANY), |_, _| Err(Stop::Unknown)),
    Function::new("md5", (1, 1), in_hex::<Md5>),
    Function::new("rsadecrypt", (2, 2), |_, _| Err(Stop::Unknown)),
    Function::new("sha1", (1, 1), in_hex::<Sha1>),
    Function::new("sha256", (1, 1), in_hex::<Sha256>),
    Function::new("sha512", (1, 1), in_hex::<Sha512>),
    Function::nullable("plantimestamp", (0, 0), |_, _| Err(Stop::Unknown)),
    Function::nullable("timestamp", (0, 0), |_, _| Err(Stop::Unknown)),
    Function::nullable("uuid", (0, 0), |_, _| Err(Stop::Unknown)),
    Function::new("uuidv5", (2, 2), uuid),
];

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

fn in_hex<D: Digest>(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let text = literal_of(at(arguments, 0)?)?;
    Ok(Value::literal(hex(&D::digest(text.as_bytes())), span))
}

fn in_base64<D: Digest>(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let text = literal_of(at(arguments, 0)?)?;
    Ok(Value::literal(encoded(&D::digest(text.as_bytes())), span))
}

/// The namespaces of RFC 4122, appendix C, differ in one byte.
fn namespace(name: &str) -> Evaluated<u128> {
    const DNS: u128 = 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8;
    let step = |number: u128| DNS + (number << 96);
    match name {
        "dns" => Ok(DNS),
        "url" => Ok(step(1)),
        "oid" => Ok(step(2)),
        "x500" => Ok(step(4)),
        _ => {
            let groups = name.split('-').map(str::len);
            if !groups.eq([8, 4, 4, 4, 12]) {
                return Err(if name.len() >= 32 { Stop::Unknown } else { Stop::Refused });
            }
            u128::from_str_radix(&name.replace('-', ""), 16).map_err(|_| Stop::Refused)
        }
    }
}

fn uuid(arguments: &[Value], span: Span) -> Evaluated<Value> {
    let space = namespace(&literal_of(at(arguments, 0)?)?)?;
    let name = literal_of(at(arguments, 1)?)?;
    let digest = Sha1::new().chain_update(space.to_be_bytes()).chain_update(name.as_bytes()).finalize();
    let mut bits = digest.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    // Version 5, variant 1.
    bits = bits & !(0xf << 76) | 5 << 76;
    bits = bits & !(0b11 << 62) | 0b10 << 62;
    let digits = hex(&bits.to_be_bytes());
    let group = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    let groups = [group(0, 8), group(8, 12), group(12, 16), group(16, 20), group(20, 32)];
    Ok(Value::literal(groups.join("-"), span))
}
