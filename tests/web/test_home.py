"""The page at / in dev."""

from mainspring.web.home import ADDRESSES, REFERENCE, home


def test_it_names_the_app_and_its_addresses_and_runs_nothing(ask):
    answer = ask(routes=home("<script>photos</script>")).get("/")
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "&lt;script&gt;photos" in answer.text
    assert all(f'href="{path}"' in answer.text for path, _ in (*ADDRESSES, REFERENCE))
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_it_leads_to_no_reference_where_there_is_none(ask):
    assert "/docs" not in ask(routes=home("photos", reference=False)).get("/").text
