//! Bytes of an input to text.

use std::borrow::Cow;

use crate::bounds;

/// The text of an input: UTF-8, UTF-16 with its mark, as PowerShell writes it, or either of them packed with gzip, as CloudTrail
/// delivers. What is no text of either is replaced.
///
/// # Errors
///
/// When it is packed and cannot be unpacked, or is larger than a file may be.
pub fn text_of(bytes: &[u8]) -> Result<String, String> {
    let bytes = match packed(bytes) {
        Some(body) => Cow::Owned(unpacked(body)?),
        None => Cow::Borrowed(bytes),
    };
    Ok(match &*bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        other => String::from_utf8_lossy(other).into_owned(),
    })
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(unit));
    char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// What follows the header of a file of gzip.
///
/// <https://www.rfc-editor.org/rfc/rfc1952#section-2.3>
fn packed(bytes: &[u8]) -> Option<&[u8]> {
    let [0x1f, 0x8b, 8, flags, _, _, _, _, _, _, rest @ ..] = bytes else { return None };
    let mut rest = rest;
    if flags & 4 != 0 {
        let [low, high, after @ ..] = rest else { return None };
        rest = after.get(usize::from(u16::from_le_bytes([*low, *high]))..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            let end = memchr::memchr(0, rest)?;
            rest = rest.get(end + 1..)?;
        }
    }
    if flags & 2 != 0 { rest.get(2..) } else { Some(rest) }
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, String> {
    let limit = usize::try_from(bounds::FILE_BYTES).unwrap_or(usize::MAX);
    let unpacked = miniz_oxide::inflate::decompress_to_vec_with_limit(body, limit);
    unpacked.map_err(|error| format!("could not unpack it: {error}"))
}
