/*
 * The signature vectors of the reference, section 6.1: made by the official Node package 6.2.0
 * (getExpectedTwilioSignature). Forms are written as they travel; json is NULL for a form.
 */
#ifndef STERLING_TEST_SIGNATURE_VECTORS_H
#define STERLING_TEST_SIGNATURE_VECTORS_H

#include <stddef.h>

#define TOKEN_1 "12345"
#define TOKEN_2 "2bd9e9638872de601313dc77410d3b23"
#define TOKEN_3 "f0a1b2c3d4e5f60718293a4b5c6d7e8f"

struct signature_vector {
    const char *name, *token, *url, *form, *json, *signature;
};

static const struct signature_vector signature_vectors[] = {
    {"S01", TOKEN_1,
     "https://mycompany.com/myapp.php?foo=1&bar=2",
     "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B180055"
     "51212",
     NULL,
     "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    {"S02", TOKEN_2,
     "https://sms.example.test/inbound",
     "ToCountry=US&MediaContentType0=&NumMedia=0&Body=Hello&From=%2B15005550006&To=%2B15005550010&"
     "AccountSid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&MessageSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     NULL,
     "MMF4D4OcgSkN1F8r4SKJe/UFvhc="},
    {"S03", TOKEN_2,
     "https://sms.example.test/inbound",
     "Body=caf%C3%A9+%E2%82%AC+%F0%9F%98%80+%E4%BD%A0%E5%A5%BD&From=%2B15005550006&To=%2B150055500"
     "10",
     NULL,
     "fy7aY8i0yMBWzJGMC5AHL3qbLU0="},
    {"S04", TOKEN_2,
     "https://sms.example.test/status",
     "",
     NULL,
     "AqkK3cZDIGiuUEnS7ez+R8iyNJY="},
    {"S05", TOKEN_2,
     "https://sms.example.test/status?tenant=acme%20co&x=a+b",
     "",
     NULL,
     "si/c2qV2M/bvZ/Zu7O0rss5jaY0="},
    {"S06", TOKEN_2,
     "https://sms.example.test/inbound",
     "Tag=b&Tag=a&Tag=b&Body=x",
     NULL,
     "PAG8kE6d835kGj7zRkJSJt/YcsM="},
    {"S07", TOKEN_2,
     "https://sms.example.test/inbound",
     "Tag=a&Tag=b&Body=x",
     NULL,
     "PAG8kE6d835kGj7zRkJSJt/YcsM="},
    {"S08", TOKEN_2,
     "https://sms.example.test:8443/inbound",
     "Body=x",
     NULL,
     "mFTxrBlpEP8v8U1jYGX1K5s5wTM="},
    {"S09", TOKEN_2,
     "https://sms.example.test:443/inbound",
     "Body=x",
     NULL,
     "DScyQK/JXSe8rRqBFzf74bVFcmI="},
    {"S10", TOKEN_2,
     "https://sms.example.test/inbound",
     "Body=x",
     NULL,
     "RmLRt30QJdjoEmn8TSVwlzqToJQ="},
    {"S11", TOKEN_2,
     "http://sms.example.test:80/inbound",
     "Body=x",
     NULL,
     "WNFCZ33r7213WOt9OtGpKFCObCg="},
    {"S12", TOKEN_2,
     "https://sms.example.test/inbound",
     "b=1&B=2&a=3&A=4&_=5",
     NULL,
     "G5YUIWsjx3gqH9vRIyWK1CcMf/c="},
    {"S13", TOKEN_2,
     "https://sms.example.test/inbound",
     "Body=line1%0D%0Aline2%09tab+%22q%22+%26+%3D+%25+%2B",
     NULL,
     "PLMwNZEVHjmXfolSgr9omIYhyy8="},
    {"S14", TOKEN_2,
     "https://user:pa%40ss@sms.example.test/inbound?x=1",
     "Body=x",
     NULL,
     "kpIPYtfOBBAQdvt3fSCO8qYyUVk="},
    {"S15", TOKEN_3,
     "https://sms.example.test/status",
     "AccountSid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&ApiVersion=2010-04-01&From=%2B15005550010&Mess"
     "ageSid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb&MessageStatus=undelivered&ErrorCode=30003&RawDlrDo"
     "neDate=2611221530&SmsSid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb&SmsStatus=undelivered&To=%2B1500"
     "5550006",
     NULL,
     "qiqUAYmehQw4zmavWuBesz8bBSs="},
    {"S16", TOKEN_2,
     "https://sms.example.test/in'bound/caf%C3%A9?q=it's",
     "Body=x",
     NULL,
     "oinNsqeinm1B5wnLfqCcr8LMFO8="},
    {"S17", TOKEN_2,
     "https://sms.example.test/inbound/",
     "Body=x",
     NULL,
     "RDZv3jsrmxxGA8G213dQJxJcL0A="},
    {"S18", TOKEN_2,
     "https://sms.example.test/inbound",
     "Body=",
     NULL,
     "uPRykv1MlpWWqtkdDC0/2QZrOMI="},
    {"J01", TOKEN_2,
     "https://sms.example.test/events?bodySHA256=8ca038ebb79a6a72c09fa96444f74aeee84d9e3b87da0bc42"
     "52eab67c01c461e",
     "",
     "[{\"specversion\":\"1.0\",\"type\":\"com.twilio.messaging.message.delivered\",\"data\":{\"me"
     "ssageSid\":\"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}}]",
     "tAzDYCB5D1U1B0FrtsFDWVRrmuI="},
    {"J02", TOKEN_2,
     "https://sms.example.test/events?tenant=acme&bodySHA256=5acc8c42afac89ac1d182167a9a01ab3ffe02"
     "f2d991fbd81a20796c6249a1f0c",
     "",
     "{\"body\":\"caf\303\251 \360\237\230\200\"}",
     "zfZVqSufx4QGjLKfYI95M2YdTq0="},
    {"J03", TOKEN_2,
     "https://sms.example.test/events?bodySHA256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca"
     "495991b7852b855",
     "",
     "",
     "/7jJmBN91Znar5tPx9CZOwDlwgg="},
};

#endif
