#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| trustlint_fuzz::policy(text));
