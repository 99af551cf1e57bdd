//! `Fn::Cidr`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The most blocks CloudFormation makes.
const BLOCKS: u32 = 256;

/// The first `count` blocks of `bits` host bits each in an address block; `None` when that is not possible.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-cidr.html>
pub(super) fn blocks(block: &str, count: &str, bits: &str) -> Option<Vec<String>> {
    let (address, length) = block.split_once('/')?;
    let (length, count): (u32, u32) = (length.parse().ok()?, count.parse().ok()?);
    let bits: u32 = bits.parse().ok()?;
    let (first, width) = match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32_u32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    if length > width || bits > width.checked_sub(length)? || count == 0 || count > BLOCKS {
        return None;
    }
    let host_bits = width - length;
    let network = if host_bits == 128 { 0 } else { (first >> host_bits) << host_bits };
    let room = host_bits - bits;
    if room < 32 && u64::from(count) > 1_u64 << room {
        return None;
    }
    let size = 1_u128.checked_shl(bits)?;
    let blocks = (0..count).map(|index| {
        let start = network + u128::from(index) * size;
        let length = width - bits;
        if width == 32 {
            format!("{}/{length}", Ipv4Addr::from(u32::try_from(start).unwrap_or_default()))
        } else {
            format!("{}/{length}", Ipv6Addr::from(start))
        }
    });
    Some(blocks.collect())
}

#[cfg(test)]
mod tests {
    use super::blocks;

    #[test]
    fn blocks_follow_one_another() {
        let made = blocks("192.168.0.0/24", "6", "5").unwrap();
        assert_eq!(made.len(), 6);
        assert_eq!(made[1], "192.168.0.32/27");
        assert_eq!(blocks("10.0.0.0/16", "2", "8").unwrap(), ["10.0.0.0/24", "10.0.1.0/24"]);
        assert_eq!(blocks("2001:db8::/56", "2", "64").unwrap(), ["2001:db8::/64", "2001:db8:0:1::/64"]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(blocks("192.168.0.0/24", "9", "5").is_none());
        assert!(blocks("192.168.0.0/24", "1", "9").is_none());
        assert!(blocks("192.168.0.0/33", "1", "1").is_none());
        assert!(blocks("::/0", "1", "128").is_none());
        assert!(blocks("x", "1", "1").is_none());
        assert!(blocks("10.0.0.0/8", "4294967295", "0").is_none());
    }
}
