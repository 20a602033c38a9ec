"""The operator's key in the data directory, and what is in its place by accident."""

from unittest.mock import Mock

import pytest

from openoutcry import admin_key
from openoutcry.admin_key import NAME, BadAdminKey, admin_key_of


def test_it_is_made_once_and_kept(tmp_path):
    made = admin_key_of(tmp_path, "")
    assert len(made) >= 43
    assert admin_key_of(tmp_path, "") == made
    assert admin_key_of(tmp_path, "chosen") == "chosen"


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_file_is_replaced_and_that_is_logged(tmp_path, monkeypatch, content):
    log = Mock()
    monkeypatch.setattr(admin_key, "_log", log)
    (tmp_path / NAME).write_text(content)
    made = admin_key_of(tmp_path, "")
    assert len(made) >= 43
    assert (tmp_path / NAME).read_text().strip() == made
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [call.args for call in log.warning.mock_calls] == [("admin_key_was_empty",)]
    assert made not in str(log.mock_calls)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"abc\x00def", b"two words"])
def test_what_is_no_key_is_named_and_left_alone(tmp_path, content):
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(BadAdminKey, match=NAME):
        admin_key_of(tmp_path, "")
    assert (tmp_path / NAME).read_bytes() == content
