from flask.testing import FlaskClient


def test_each_customer_has_a_privacy_policy_and_terms(client: FlaskClient) -> None:
    assert "Privacy policy" in client.get("/sites/meridian/privacy").text
    assert "Terms and conditions" in client.get("/sites/meridian/terms").text


def test_other_pages_and_other_customers_are_not_found(client: FlaskClient) -> None:
    assert client.get("/sites/meridian/imprint").status_code == 404
    assert client.get("/sites/nobody/privacy").status_code == 404
