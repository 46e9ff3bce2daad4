story what cannot be said is refused before a connection is made
set in_flight 1

refuse invalid create to=+14155550100 from=+14155550111
refuse invalid create to=+14155550100 body=Hello
refuse invalid create to=+14155550100 from=+14155550111 body=Hello validity_s=36001
refuse invalid create to=+14155550100 from=+14155550111 body_bytes=70000
refuse invalid fetch sid=ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
refuse invalid fetch sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/
refuse invalid list page=/2010-04-01/Accounts/ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Messages.json
refuse invalid list page=https://evil.test
refuse not_found create to=+14155550100 from=+14155550111 body=Hello account=8
start create
refuse full create
withdraw yes
connections 0
requests 0
