#include "tests/support/certificate.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace innkeeper::tests {
namespace {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* each) const {
    free(each);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Owner = std::unique_ptr<X509, Freed<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>>;
using Paper = std::unique_ptr<BIO, Freed<BIO_free>>;

void require(bool is_done) {
  if (!is_done) throw std::runtime_error("OpenSSL could not make a certificate");
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1);
}

std::string text_of(BIO* paper) {
  char* begin = nullptr;
  const long size = BIO_get_mem_data(paper, &begin);
  return std::string(begin, static_cast<std::size_t>(size));
}

std::string text_of(EVP_PKEY* key) {
  const Paper paper{BIO_new(BIO_s_mem())};
  require(PEM_write_bio_PrivateKey(paper.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(paper.get());
}

}  // namespace

Certificate make_certificate(const std::string& names) {
  const Key key{EVP_EC_gen("P-256")};
  const X509Owner certificate{X509_new()};
  require(key != nullptr && certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3'600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3'600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const std::string subject = "innkeeper's tests";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  extend(certificate.get(), NID_subject_alt_name, names);
  extend(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);

  const Paper paper{BIO_new(BIO_s_mem())};
  require(PEM_write_bio_X509(paper.get(), certificate.get()) == 1);
  return {text_of(paper.get()), text_of(key.get())};
}

std::string make_rsa_key() { return text_of(Key{EVP_RSA_gen(2'048)}.get()); }

}  // namespace innkeeper::tests
