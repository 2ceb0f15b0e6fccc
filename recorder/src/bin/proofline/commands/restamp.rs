//! `proofline restamp`: renew the evidence before what it rests on ends.

use std::thread::sleep;
use std::time::Duration;

use anyhow::anyhow;
use proofline::checkpoint::{self, Pause, Renewed, Why};
use proofline::clock;
use proofline::config::Config;
use proofline::renewal::{self, Life, Outlook, Plan, WITHIN_DAYS};
use proofline::revocation::{Fetcher, HttpFetcher};
use proofline::stamp::{HttpStamper, Stamper};
use proofline::store::Store;
use proofline_format::json::Value;
use proofline_tsa::rfc3339;

use super::checkpoint::PATIENCE;
use crate::place::{Place, no_store};
use crate::ui::{Failure, Outcome, Ui};

/// Longest wait for another process that is at it.
const WAIT: Duration = Duration::from_secs(30);
/// One that was obtained this short a time ago and lasts no longer is not asked for again.
const TRIED_WITHIN_SECONDS: i64 = 86_400;

const EXAMPLES: &str = "\
Examples:
  proofline restamp --dry-run                  what every token rests on, and until when
  proofline restamp --if-due                   renew if something ends within 90 days; for a timer
  proofline restamp --tsa https://tsa.example/ renew now, with this authority if the others end too soon

A renewal is one more checkpoint: its entry lists all evidence received so far, and an authority
stamps it. It is made even if nothing else was recorded since the last one.

Exit code 1 if a renewal is due and no token that lasts longer was obtained.";

/// Renew the evidence before the certificates and algorithms that it rests on end
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Do nothing unless a token ends within the time given
    #[arg(long)]
    if_due: bool,
    /// How long before its end a token is due
    #[arg(long, value_name = "N", default_value_t = WITHIN_DAYS)]
    within_days: u32,
    /// Only list what there is
    #[arg(long, conflicts_with = "if_due")]
    dry_run: bool,
    /// Also ask this time-stamp authority, after those of the configuration (repeatable)
    #[arg(long, value_name = "URL|PRESET")]
    tsa: Vec<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let place = Place::here()?;
    let mut config = place.config()?;
    for named in &args.tsa {
        config.add_authority(named)?;
    }
    let store = place.store()?;
    let outlook = renewal::outlook(&store)?;
    let is_due = outlook
        .as_ref()
        .is_some_and(|outlook| is_due(outlook, args));
    let is_wanted = if args.if_due {
        is_due && !(args.tsa.is_empty() && was_tried(&store)?)
    } else {
        !args.dry_run
    };
    let mut renewed = None;
    if is_wanted {
        if config.authorities.is_empty() {
            let error = anyhow!("nothing renewed: no time-stamp authority");
            return Err(Failure::with_hint(
                error,
                "`--tsa URL`, or `[[tsa]]` in `proofline.toml`",
            ));
        }
        let ends_at = outlook.as_ref().map_or(i64::MIN, |outlook| {
            // What was revoked is renewed by anything else.
            let is_good = outlook.revoked.is_none();
            if is_good { outlook.ends_at } else { i64::MIN }
        });
        renewed = Some(renew(&place, &config, ends_at)?);
    }
    let after = renewal::outlook(&store)?;
    if args.json {
        let plan = renewal::plan(&store, args.within_days)?;
        print_json(&plan, after.as_ref(), renewed.as_ref(), args, ui)?;
    } else {
        if !args.if_due {
            print_plan(&renewal::plan(&store, args.within_days)?, ui)?;
        }
        if let Some(renewed) = &renewed {
            print_renewed(renewed, ui)?;
        }
        print_outlook(after.as_ref(), args, ui)?;
    }
    let is_still_due = after
        .as_ref()
        .is_some_and(|outlook| self::is_due(outlook, args));
    match &renewed {
        Some(renewed) if is_still_due => Err(why_not(renewed)),
        None if is_still_due && args.if_due => {
            Err(anyhow!("renewal is due, and was tried within the last day").into())
        }
        _ => Ok(()),
    }
}

/// Renews, and where nobody gave a token only because an authority was asked a moment ago, once
/// more when it may be.
fn renew(place: &Place, config: &Config, ends_at: i64) -> Result<Renewed, Failure> {
    let (stamper, fetcher) = (HttpStamper::of(config), HttpFetcher::default());
    let (dir, home) = (&place.store_dir, &place.home);
    let once = || {
        let asked: (&dyn Stamper, &dyn Fetcher) = (&stamper, &fetcher);
        checkpoint::renew(dir, home, config, asked, WAIT, ends_at).map_err(no_store)
    };
    let first = once()?;
    let is_soon = |next: &Pause| next.why == Why::Interval && !first.lasts_longer;
    let pause = first.next.filter(is_soon);
    let pause = pause.map(|next| next.left((stamper.clock())()));
    let Some(pause) = pause.filter(|pause| *pause <= PATIENCE) else {
        return Ok(first);
    };
    sleep(pause);
    let second = once()?;
    Ok(Renewed {
        sealed: second.sealed.or(first.sealed),
        tokens: [first.tokens, second.tokens].concat(),
        revocation: [first.revocation, second.revocation].concat(),
        ..second
    })
}

fn is_due(outlook: &Outlook, args: &Args) -> bool {
    outlook.is_due(clock::now(), args.within_days)
}

/// Whether the newest token is of the last day: then the authorities have nothing that lasts
/// longer, and asking every hour would only make the log grow.
fn was_tried(store: &Store) -> anyhow::Result<bool> {
    let newest = store.last_stamped_size()?.unwrap_or_default();
    let Some(note) = store.note(newest)? else {
        return Ok(false);
    };
    let entry = store.entry(note.size)?;
    let Some(entry) = entry.filter(|_| store.tip().is_ok_and(|tip| tip.index == note.size)) else {
        return Ok(false);
    };
    let before = store.entry(note.size.saturating_sub(1))?;
    let is_renewal = before.is_some_and(|entry| entry.entry.event_type == "checkpoint");
    let age = clock::now()
        .millis()
        .saturating_sub(entry.entry.created_at.millis());
    Ok(is_renewal && age < TRIED_WITHIN_SECONDS.saturating_mul(1_000))
}

fn why_not(renewed: &Renewed) -> Failure {
    if renewed.is_running_elsewhere {
        return anyhow!("nothing renewed: another process makes a checkpoint").into();
    }
    match (renewed.tokens.last(), renewed.failures.last()) {
        (Some((_, url, lasts_to)), _) => {
            let lasts_to = rfc3339(*lasts_to);
            let error = anyhow!("no token lasts longer: that of `{url}` ends at {lasts_to}");
            Failure::with_hint(
                error,
                "name an authority with a younger certificate: `--tsa URL`",
            )
        }
        (None, Some((_, why))) => anyhow!("nothing renewed: {why}").into(),
        (None, None) => anyhow!("nothing renewed: there is no checkpoint yet").into(),
    }
}

fn print_plan(plan: &Plan, ui: &mut Ui) -> Outcome {
    for life in &plan.lives {
        let by = life.chain.summaries().first();
        let by = by.map_or("unknown", |one| one.subject.as_str());
        ui.line(&format!(
            "checkpoint {}: {} by {by}",
            life.size,
            life.chain.gen_time()
        ))?;
        ui.line(&format!("  {}", ends_in_words(life)))?;
        let renewed = life.renewed_by;
        let renewed = renewed.map_or_else(String::new, |size| {
            format!(", renewed by checkpoint {size}")
        });
        let standing = life.standing.as_str();
        ui.line(&format!(
            "  {standing} to {}{renewed}",
            rfc3339(life.lasts_to)
        ))?;
    }
    for size in &plan.unreadable {
        ui.note(&format!(
            "warning: a token of checkpoint {size} cannot be read"
        ));
    }
    Ok(())
}

fn ends_in_words(life: &Life) -> String {
    let signer = life
        .chain
        .summaries()
        .first()
        .map_or(0, |one| one.not_after);
    let mut text = format!("signer's certificate to {}", rfc3339(signer));
    if let Some(first) = life.chain.first_to_expire()
        && first.not_after < signer
    {
        let (subject, end) = (&first.subject, rfc3339(first.not_after));
        text.push_str(&format!(", {subject} to {end}"));
    }
    if let Some(end) = life.chain.algorithm_end() {
        text.push_str(&format!(
            ", {} to {}",
            end.name,
            algorithm_end(end.unix_seconds)
        ));
    }
    if let Some(revoked) = &life.revoked {
        text.push_str(&format!(", {revoked}"));
    }
    text
}

/// An algorithm that is never trusted has no date.
fn algorithm_end(unix_seconds: i64) -> String {
    if unix_seconds == 0 {
        "never trusted".into()
    } else {
        rfc3339(unix_seconds)
    }
}

fn print_renewed(renewed: &Renewed, ui: &mut Ui) -> Outcome {
    for (url, why) in &renewed.failures {
        ui.note(&format!("warning: no token from `{url}`: {why}"));
    }
    for fetched in &renewed.revocation {
        super::checkpoint::print_fetched(fetched, ui)?;
    }
    if let Some(sealed) = &renewed.sealed {
        ui.line(&format!(
            "checkpoint {} made over all evidence",
            sealed.size
        ))?;
    }
    for (size, url, lasts_to) in &renewed.tokens {
        let lasts_to = rfc3339(*lasts_to);
        ui.line(&format!(
            "checkpoint {size} stamped by `{url}`, lasts to {lasts_to}"
        ))?;
    }
    Ok(())
}

fn print_outlook(outlook: Option<&Outlook>, args: &Args, ui: &mut Ui) -> Outcome {
    let Some(outlook) = outlook else {
        ui.line("no token: nothing to renew")?;
        return Ok(());
    };
    let (ends, due) = (
        rfc3339(outlook.ends_at),
        rfc3339(outlook.due_at(args.within_days)),
    );
    match &outlook.revoked {
        Some(revoked) => ui.line(&format!("renewal is due: {revoked}"))?,
        None if is_due(outlook, args) => {
            ui.line(&format!("renewal is due: the evidence lasts to {ends}"))?;
        }
        None => ui.line(&format!(
            "the evidence lasts to {ends}, renewal is due from {due}"
        ))?,
    }
    Ok(())
}

fn print_json(
    plan: &Plan,
    outlook: Option<&Outlook>,
    renewed: Option<&Renewed>,
    args: &Args,
    ui: &mut Ui,
) -> Outcome {
    let outlook = outlook.map_or(Value::Null, |outlook| {
        Value::object([
            ("due", is_due(outlook, args).into()),
            ("due_at", rfc3339(outlook.due_at(args.within_days)).into()),
            ("ends_at", rfc3339(outlook.ends_at).into()),
            ("revoked", Value::text_or_null(outlook.revoked.as_deref())),
            ("size", outlook.size.into()),
        ])
    });
    let renewed = renewed.map_or(Value::Null, |renewed| {
        let sealed = renewed.sealed.as_ref();
        let tokens = renewed.tokens.iter().map(|(size, url, lasts_to)| {
            Value::object([
                ("lasts_to", rfc3339(*lasts_to).into()),
                ("size", (*size).into()),
                ("url", url.as_str().into()),
            ])
        });
        let failures = renewed.failures.iter().map(|(url, why)| {
            Value::object([
                ("reason", why.as_str().into()),
                ("url", url.as_str().into()),
            ])
        });
        Value::object([
            (
                "checkpoint",
                sealed.map_or(Value::Null, |sealed| sealed.size.into()),
            ),
            ("failures", failures.collect()),
            ("lasts_longer", renewed.lasts_longer.into()),
            ("running_elsewhere", renewed.is_running_elsewhere.into()),
            ("tokens", tokens.collect()),
        ])
    });
    ui.json(vec![
        ("outlook", outlook),
        ("renewed", renewed),
        ("tokens", plan.lives.iter().map(life_value).collect()),
        ("unreadable", plan.unreadable.iter().copied().collect()),
        ("within_days", u64::from(args.within_days).into()),
    ])?;
    Ok(())
}

fn life_value(life: &Life) -> Value {
    let chain = &life.chain;
    let signer = chain.summaries().first();
    let time = |seconds: Option<i64>| seconds.map_or(Value::Null, |at| rfc3339(at).into());
    let algorithm = chain.algorithm_end().map_or(Value::Null, |end| {
        let at = (end.unix_seconds > 0).then_some(end.unix_seconds);
        Value::object([("ends_at", time(at)), ("name", end.name.into())])
    });
    let first = chain.first_to_expire();
    Value::object([
        ("algorithm", algorithm),
        ("chain_complete", chain.is_complete().into()),
        ("chain_not_after", time(first.map(|one| one.not_after))),
        ("gen_time", chain.gen_time().to_string().into()),
        ("lasts_to", time(Some(life.lasts_to))),
        (
            "renewed_by",
            life.renewed_by.map_or(Value::Null, Value::from),
        ),
        ("revoked", Value::text_or_null(life.revoked.as_deref())),
        (
            "signer",
            Value::text_or_null(signer.map(|one| one.subject.as_str())),
        ),
        ("signer_not_after", time(signer.map(|one| one.not_after))),
        ("size", life.size.into()),
        ("standing", life.standing.as_str().into()),
    ])
}
