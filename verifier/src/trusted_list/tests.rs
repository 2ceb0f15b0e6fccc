use std::time::SystemTime;

use proofline_format::encoding::base64;
use proofline_tsa_authority::{Algorithm, Authority, Profile};

use super::*;

const AT: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

fn certificate(name: &str) -> Vec<u8> {
    let profile = Profile::ten_years(name, SystemTime::now());
    let authority = Authority::generate(Algorithm::P256, &profile).unwrap();
    authority.trust_anchor().unwrap().der().to_vec()
}

fn time(unix_seconds: i64) -> String {
    proofline_tsa::rfc3339(unix_seconds)
}

/// One state of a service, as an element of the given name.
fn state(element: &str, kind: &str, status: &str, since: i64, inside: &str) -> String {
    format!(
        "<{element}><ServiceTypeIdentifier>{kind}</ServiceTypeIdentifier>\
         <ServiceName><Name xml:lang=\"de\">Stempel</Name><Name xml:lang=\"en\">Stamps</Name>\
         </ServiceName>{inside}<ServiceStatus> {status}\n</ServiceStatus>\
         <StatusStartingTime>{}</StatusStartingTime></{element}>",
        time(since)
    )
}

fn identity(der: &[u8]) -> String {
    format!(
        "<ServiceDigitalIdentity><DigitalId><X509SKI>AAAA</X509SKI></DigitalId><DigitalId>\
         <X509Certificate>\n{}\n</X509Certificate></DigitalId></ServiceDigitalIdentity>",
        base64(der)
    )
}

fn list(next_update: Option<i64>, services: &str) -> String {
    let next = next_update.map_or_else(String::new, |at| {
        format!("<dateTime>{}</dateTime>", time(at))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <TrustServiceStatusList xmlns=\"{NAMESPACE}\"><SchemeInformation>\
         <TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber>\
         <SchemeTerritory>XX</SchemeTerritory>\
         <ListIssueDateTime>{}</ListIssueDateTime><NextUpdate>{next}</NextUpdate>\
         </SchemeInformation><TrustServiceProviderList><TrustServiceProvider><TSPInformation>\
         <TSPName><Name xml:lang=\"en\">Provider</Name></TSPName></TSPInformation><TSPServices>\
         {services}</TSPServices></TrustServiceProvider></TrustServiceProviderList>\
         </TrustServiceStatusList>",
        time(AT)
    )
}

/// A service with a state since a day before [`AT`] and one since ten days before.
fn service(present: &str, earlier: &str, inside: &str) -> String {
    let kind = QUALIFIED_TIME_STAMPS;
    let present = state("ServiceInformation", kind, present, AT - DAY, inside);
    let earlier = state("ServiceHistoryInstance", kind, earlier, AT - 10 * DAY, "");
    format!("<TSPService>{present}<ServiceHistory>{earlier}</ServiceHistory></TSPService>")
}

fn find(text: &str, der: &[u8], at: i64) -> Result<(i64, usize), NotListed> {
    let list = TrustedList::parse(text.as_bytes()).unwrap();
    let path = [Certificate::parse(der).unwrap()];
    let found = list.find(&path, at)?;
    assert_eq!(
        (found.provider.as_str(), found.service.as_str()),
        ("Provider", "Stamps")
    );
    Ok((found.since, found.path_index))
}

/// A service counts for the times at which its history says that it was granted, and no others.
#[test]
fn the_status_at_the_tokens_time_decides() {
    let der = certificate("Listed");
    let withdrawn = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn";
    let next = Some(AT + 30 * DAY);
    let text = list(next, &service(GRANTED, withdrawn, &identity(&der)));
    assert_eq!(find(&text, &der, AT), Ok((AT - DAY, 0)));
    assert_eq!(find(&text, &der, AT - DAY), Ok((AT - DAY, 0)));
    assert_eq!(find(&text, &der, AT - DAY - 1), Err(NotListed::NotGranted));
    assert_eq!(find(&text, &der, AT - 11 * DAY), Err(NotListed::NotGranted));
    let text = list(next, &service(withdrawn, GRANTED, &identity(&der)));
    assert_eq!(find(&text, &der, AT), Err(NotListed::NotGranted));
    assert_eq!(find(&text, &der, AT - 2 * DAY), Ok((AT - 10 * DAY, 0)));
    let stranger = certificate("Stranger");
    assert_eq!(find(&text, &stranger, AT), Err(NotListed::Unknown));
}

/// A snapshot says nothing about a time when it was no longer the list in force.
#[test]
fn a_list_does_not_speak_beyond_its_next_update() {
    let der = certificate("Listed");
    let service = service(GRANTED, GRANTED, &identity(&der));
    let text = list(Some(AT + DAY), &service);
    assert!(find(&text, &der, AT + DAY).is_ok());
    assert_eq!(find(&text, &der, AT + DAY + 1), Err(NotListed::ListEnds));
    let last = list(None, &service);
    assert!(find(&last, &der, AT).is_ok());
    assert_eq!(find(&last, &der, AT + 1), Err(NotListed::ListEnds));
}

/// Another kind of service of the same provider says nothing about its time stamps.
#[test]
fn only_services_for_qualified_time_stamps_count() {
    let der = certificate("Listed");
    let other = service(GRANTED, GRANTED, &identity(&der)).replace("TSA/QTST", "TSA");
    assert_eq!(find(&list(None, &other), &der, AT), Err(NotListed::Unknown));
    let extension = |critical: &str, name: &str| {
        let inside = format!(
            "<ServiceInformationExtensions><Extension Critical=\"{critical}\"><{name}/>\
             </Extension></ServiceInformationExtensions>{}",
            identity(&der)
        );
        find(&list(None, &service(GRANTED, GRANTED, &inside)), &der, AT)
    };
    assert!(extension("true", "AdditionalServiceInformation").is_ok());
    assert!(extension("false", "Unheard").is_ok());
    assert_eq!(extension("true", "Unheard"), Err(NotListed::NotGranted));
}

/// A withdrawal that cannot be read must not make the grant before it last.
#[test]
fn a_service_that_is_half_readable_is_left_out() {
    let der = certificate("Listed");
    let good = service(GRANTED, GRANTED, &identity(&der));
    let bad_time = good.replace(&time(AT - DAY), "yesterday");
    let bad_certificate = good.replace("MII", "QQII");
    for services in [bad_time, bad_certificate] {
        let list = TrustedList::parse(list(None, &services).as_bytes()).unwrap();
        assert_eq!(
            (list.services, list.unreadable, list.stamping_services()),
            (1, 1, 0)
        );
    }
}

#[test]
fn what_is_not_such_a_list_is_refused() {
    let good = list(None, "");
    let parsed = TrustedList::parse(good.as_bytes()).unwrap();
    assert_eq!(
        (parsed.territory.as_str(), parsed.sequence_number),
        ("XX", 7)
    );
    assert_eq!((parsed.issued, parsed.next_update), (AT, None));
    let refused = |text: &str| assert!(TrustedList::parse(text.as_bytes()).is_err(), "{text}");
    refused("");
    refused("<a/>");
    refused(&good.replace(NAMESPACE, "http://example.org/"));
    refused(&good.replace("Identifier>5", "Identifier>4"));
    refused(&good.replace("<TSLSequenceNumber>7", "<TSLSequenceNumber>seven"));
    refused(&good.replace("<SchemeTerritory>XX</SchemeTerritory>", ""));
    refused(&good.replace('Z', "+02:00"));
    refused(&format!("<!DOCTYPE x>{good}"));
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(TrustedList::parse(&utf16).is_err());
}

/// A list is what a user downloads: whatever the bytes are, they are read or refused.
#[test]
fn no_change_of_a_byte_stops_the_reader() {
    let der = certificate("Listed");
    let text = list(Some(AT), &service(GRANTED, GRANTED, &identity(&der)));
    let path = [Certificate::parse(&der).unwrap()];
    let mut read = 0;
    for at in 0..text.len() {
        for other in [0_u8, b'<', b'>', b'&', b'"', b'/', 0xff] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = other;
            if let Ok(list) = TrustedList::parse(&bytes) {
                read += 1;
                assert!(list.services <= 1);
                let _either = list.find(&path, AT);
            }
        }
        assert!(
            TrustedList::parse(&text.as_bytes()[..at]).is_err(),
            "cut at {at}"
        );
    }
    assert!(read > 0);
}
