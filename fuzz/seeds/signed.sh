#!/bin/sh
# Makes the seeds of the fuzz targets for certificates, revocation lists and OCSP responses in the
# current folder: a root, a unit below it, a list and an answer that do not revoke the unit.
set -e
G="genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out"
cat > c.cnf <<'X'
[req]
distinguished_name = dn
prompt = no
[dn]
CN = root
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
nameConstraints = permitted;dirName:all,permitted;email:example.org,excluded;IP:10.0.0.0/255.0.0.0,permitted;URI:.example.org
[all]
[unit]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
certificatePolicies = 1.2.3.4,2.5.29.32.0
policyMappings = 1.2.3:1.2.4
policyConstraints = requireExplicitPolicy:5,inhibitPolicyMapping:1
inhibitAnyPolicy = 3
subjectAltName = email:tsa@example.org,URI:http://tsa.example.org/x,DNS:tsa.example.org,IP:192.0.2.1
crlDistributionPoints = point
[point]
fullname = URI:http://example.org/list
reasons = keyCompromise,superseded
[ca]
default_ca = lists
[lists]
database = index.txt
crlnumber = crlnumber
certificate = root.pem
private_key = root.key
default_md = sha256
crl_extensions = list
[list]
issuingDistributionPoint = critical,@scope
[scope]
onlyuser = TRUE
X
openssl $G root.key; openssl $G unit.key
openssl req -new -x509 -config c.cnf -extensions root -key root.key -days 36500 -set_serial 1 -out root.pem
openssl req -new -config c.cnf -subj /CN=unit -key unit.key -out unit.csr
openssl x509 -req -in unit.csr -CA root.pem -CAkey root.key -set_serial 2 -days 36500 -extfile c.cnf -extensions unit -out unit.pem
printf 'R\t350101000000Z\t270101000000Z,keyTime,20260101000000Z\t03\tunknown\t/CN=a\nR\t350101000000Z\t270101000000Z,superseded\t04\tunknown\t/CN=b\nV\t350101000000Z\t\t02\tunknown\t/CN=unit\n' > index.txt
echo 01 > crlnumber
openssl ca -config c.cnf -gencrl -crldays 36500 -out list.pem
openssl crl -in list.pem -outform DER -out list.der
openssl ocsp -sha256 -issuer root.pem -cert unit.pem -no_nonce -reqout q
openssl ocsp -index index.txt -CA root.pem -rsigner root.pem -rkey root.key -reqin q -respout answer.der -ndays 36500
for n in root unit; do openssl x509 -in $n.pem -outform DER -out $n.der; done
