//! CRC-32 (ISO 3309), eight bytes a step.

/// A CRC-32 in progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crc32(u32);

const TABLES: [[u32; 256]; 8] = tables();

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "constant evaluation: an index out of range would not compile"
)]
const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0_u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 {
                value >> 1 ^ 0xedb8_8320
            } else {
                value >> 1
            };
            bit += 1;
        }
        tables[0][byte] = value;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let previous = tables[table - 1][byte];
            tables[table][byte] = previous >> 8 ^ tables[0][(previous & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

impl Crc32 {
    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &TABLES;
        let at = |table: &[u32; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let mut crc = !self.0;
        let (chunks, rest) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in chunks {
            let [a, b, c, d] = (crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
            crc = at(t7, a)
                ^ at(t6, b)
                ^ at(t5, c)
                ^ at(t4, d)
                ^ at(t3, e)
                ^ at(t2, f)
                ^ at(t1, g)
                ^ at(t0, h);
        }
        for &byte in rest {
            let [low, ..] = crc.to_le_bytes();
            crc = crc >> 8 ^ at(t0, low ^ byte);
        }
        self.0 = !crc;
    }

    /// The value.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_value_of_the_standard() {
        for split in 0..=9 {
            let (head, tail) = b"123456789".split_at(split);
            let mut crc = Crc32::default();
            crc.update(head);
            crc.update(tail);
            assert_eq!(crc.value(), 0xcbf4_3926);
        }
    }
}
