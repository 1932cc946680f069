"""Settings that are complete and harmless."""

from pathlib import Path

from config.settings import Settings, load_settings


def settings_in(folder: Path, **changes: object) -> Settings:
    """Make settings whose files lie in a folder; keyword arguments replace single ones."""
    values: dict[str, object] = {
        "database_url": f"sqlite:///{folder}/test.db",
        "wechat_app_id": "wxsim0000000000001",
        "wechat_app_secret": "sim-secret-0000000000000000000000",
        "wechat_token": "simtoken",
        "wechat_aes_key": "SimulatorAesKeyForDemoAndTests0000000000001",
        "wechat_api_base": "http://127.0.0.1:9/",
        "base_url": "http://127.0.0.1:8000/",
        "secret_key": "for-tests-only-" + "0" * 32,
        "upload_dir": str(folder / "uploads"),
        "run_dir": str(folder / "run"),
    }
    return load_settings(**(values | changes))
