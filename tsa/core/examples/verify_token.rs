//! Verifies a token file: `verify_token TOKEN [--data FILE] [--root PEM]… [--untrusted DER]…`
//!
//! The token is a response or a bare token, in DER or BER.
//! Prints the outcome, what the token says and every finding; ends with 0 only if the token is
//! valid.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program talks to its user"
)]

use std::process::ExitCode;
use std::{env, fs};

use proofline_tsa::{Expected, Imprint, Options, Outcome, Report, TrustAnchor, verify};

fn main() -> ExitCode {
    match run() {
        Ok(Outcome::Valid) => ExitCode::SUCCESS,
        Ok(Outcome::Invalid) => ExitCode::from(1),
        Ok(Outcome::Indeterminate) => ExitCode::from(3),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("cannot read `{path}`: {error}"))
}

fn run() -> Result<Outcome, String> {
    let mut args = env::args().skip(1);
    let usage = "usage: verify_token TOKEN [--data FILE] [--root PEM]… [--untrusted DER]…";
    let token = read(&args.next().ok_or(usage)?)?;
    let (mut data, mut anchors, mut untrusted) = (None, Vec::new(), Vec::new());
    while let Some(name) = args.next() {
        let bytes = read(&args.next().ok_or(usage)?)?;
        match name.as_str() {
            "--data" => data = Some(bytes),
            "--root" => {
                let roots = TrustAnchor::all_from_pem(&bytes)
                    .or_else(|_| TrustAnchor::from_der(&bytes).map(|root| vec![root]));
                anchors.extend(roots.map_err(|error| format!("root: {error}"))?);
            }
            "--untrusted" => untrusted.push(bytes),
            _ => return Err(usage.to_owned()),
        }
    }
    let untrusted: Vec<&[u8]> = untrusted.iter().map(Vec::as_slice).collect();
    let options = Options {
        certificates: &untrusted,
        ..Options::default()
    };
    // The token says which hash it stamps, so a first look at its claims tells what to compute.
    let imprint = data.and_then(|data| {
        let claimed = verify(&token, Expected::NotGiven, &[], &Options::default());
        let algorithm = claimed.claims()?.imprint.as_ref()?.algorithm();
        Some(Imprint::of(algorithm, &data))
    });
    let expected = imprint
        .as_ref()
        .map_or(Expected::NotGiven, Expected::Imprint);
    let report = verify(&token, expected, &anchors, &options);
    print(&report);
    Ok(report.outcome())
}

fn print(report: &Report) {
    println!("{}", report.outcome().as_str());
    if let Some(claims) = report.claims() {
        println!("time:    {}", claims.gen_time);
        println!("policy:  {}", claims.policy);
        println!("serial:  {}", claims.serial_hex);
        println!(
            "imprint: {}:{}",
            claims.imprint_algorithm, claims.imprint_hex
        );
    }
    if let Some(token) = report.verified() {
        println!("signer:  {}", token.signer().subject);
        println!("root:    {}", token.anchor().subject);
    }
    for finding in report.findings() {
        // Names from certificates stand in the details: escaped, they cannot steer a terminal.
        let detail = finding.detail().escape_debug();
        println!("{}: {detail}", finding.code());
    }
}
