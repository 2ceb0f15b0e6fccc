//! CRC-32 (ISO 3309), sixteen bytes a step.

/// A CRC-32 in progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct Crc32(u32);

/// Bytes a step, each with a table of its own.
const STEP_BYTES: usize = 16;

const TABLES: [[u32; 256]; STEP_BYTES] = tables();

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "constant evaluation: an index out of range would not compile"
)]
const fn tables() -> [[u32; 256]; STEP_BYTES] {
    let mut tables = [[0_u32; 256]; STEP_BYTES];
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
    while table < STEP_BYTES {
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
        let at = |table: &[u32; 256], byte: u8| table.get(usize::from(byte)).copied().unwrap_or(0);
        let mut crc = !self.0;
        let (chunks, rest) = bytes.as_chunks::<STEP_BYTES>();
        for chunk in chunks {
            let mut step = *chunk;
            for (byte, above) in step.iter_mut().zip(crc.to_le_bytes()) {
                *byte ^= above;
            }
            // The last byte has the first table. It also comes first because the first four bytes
            // have to wait for the step before.
            let bytes = step.iter().rev();
            crc = bytes
                .zip(&TABLES)
                .fold(0, |sum, (&byte, table)| sum ^ at(table, byte));
        }
        let [t0, ..] = &TABLES;
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

    fn check(text: &[u8], want: u32) {
        for split in 0..=text.len() {
            let (head, tail) = text.split_at(split);
            let mut crc = Crc32::default();
            crc.update(head);
            crc.update(tail);
            assert_eq!(crc.value(), want, "split at {split}");
        }
    }

    #[test]
    fn check_value_of_the_standard() {
        check(b"123456789", 0xcbf4_3926);
    }

    #[test]
    fn more_than_one_step() {
        check(b"The quick brown fox jumps over the lazy dog", 0x414f_a339);
    }
}
