import java.io.File;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.ers.ERSArchiveTimeStamp;
import org.bouncycastle.tsp.ers.ERSArchiveTimeStampGenerator;
import org.bouncycastle.tsp.ers.ERSData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;
import org.bouncycastle.tsp.ers.ERSEvidenceRecordGenerator;
import org.bouncycastle.tsp.ers.ERSFileData;

/**
 * Evidence records by Bouncy Castle.
 *
 * <pre>
 * Records check DATA RECORD                accepts a record over a file, or says why not (exit 1)
 * Records write FOLDER URL URL2 DATA…      one hash tree over all files, stamped by URL: DATA.ers; then
 *                                          renewed by URL2: DATA.renewed.ers, and hashed anew with SHA-512
 *                                          and stamped by URL: DATA.rehashed.ers
 * </pre>
 */
public final class Records {
    /** Without parameters: a token has to have them as the request has, or Bouncy Castle refuses it. */
    private static final AlgorithmIdentifier SHA256 = new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256);
    private static final AlgorithmIdentifier SHA512 = new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha512);

    private static DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().build();
    }

    public static void main(String[] words) throws Exception {
        if (words.length == 3 && words[0].equals("check")) {
            check(Paths.get(words[1]), Paths.get(words[2]));
        } else if (words.length > 4 && words[0].equals("write")) {
            List<File> files = new ArrayList<>();
            for (int at = 4; at < words.length; at++) {
                files.add(new File(words[at]));
            }
            write(Paths.get(words[1]), words[2], words[3], files);
        } else {
            throw new IllegalArgumentException("check DATA RECORD | write FOLDER URL URL2 DATA…");
        }
    }

    /** Chains and trees, the newest token's root over the data, and the signatures of all tokens. */
    private static void check(Path data, Path record) throws Exception {
        ERSEvidenceRecord read = new ERSEvidenceRecord(Files.readAllBytes(record), digests());
        read.validatePresent(new ERSFileData(data.toFile()), new Date());
        read.validate(new JcaSimpleSignerInfoVerifierBuilder().build(read.getSigningCertificate()));
    }

    private static void write(Path folder, String url, String url2, List<File> files) throws Exception {
        DigestCalculator sha256 = digests().get(SHA256);
        ERSArchiveTimeStampGenerator tree = new ERSArchiveTimeStampGenerator(sha256);
        for (File file : files) {
            tree.addData(new ERSFileData(file));
        }
        TimeStampResponse response = ask(url, tree.generateTimeStampRequest(questions(), nonce()));
        List<ERSArchiveTimeStamp> stamps = tree.generateArchiveTimeStamps(response);
        for (ERSEvidenceRecord record : new ERSEvidenceRecordGenerator(digests()).generate(stamps)) {
            File about = null;
            for (File file : files) {
                if (record.isContaining(new ERSFileData(file), new Date())) {
                    about = file;
                }
            }
            if (about == null) {
                throw new IllegalStateException("a record is about none of the files");
            }
            ERSData data = new ERSFileData(about);
            put(folder, about, ".ers", record);
            TimeStampRequest question = record.generateTimeStampRenewalRequest(questions(), nonce());
            ERSEvidenceRecord renewed = record.renewTimeStamp(ask(url2, question));
            put(folder, about, ".renewed.ers", renewed);
            DigestCalculator sha512 = digests().get(SHA512);
            question = renewed.generateHashRenewalRequest(sha512, data, questions(), nonce());
            put(folder, about, ".rehashed.ers", renewed.renewHash(sha512, data, ask(url, question)));
        }
    }

    private static TimeStampRequestGenerator questions() {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        return generator;
    }

    private static BigInteger nonce() {
        return new BigInteger(64, new SecureRandom()).setBit(64);
    }

    private static void put(Path folder, File about, String ending, ERSEvidenceRecord record) throws Exception {
        Files.write(folder.resolve(about.getName() + ending), record.getEncoded());
    }

    private static TimeStampResponse ask(String url, TimeStampRequest question) throws Exception {
        HttpURLConnection call = (HttpURLConnection) new URL(url).openConnection(Proxy.NO_PROXY);
        call.setDoOutput(true);
        call.setRequestProperty("Content-Type", "application/timestamp-query");
        try (OutputStream out = call.getOutputStream()) {
            out.write(question.getEncoded());
        }
        TimeStampResponse response = new TimeStampResponse(call.getInputStream());
        response.validate(question);
        return response;
    }
}
