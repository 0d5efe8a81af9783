"""What an office may set: one frozen value, read once from the environment, never changed while the program runs.

Each setting is declared once with its default, its unit and its help in both languages; the variable's name, the parser and the
list that ``gridmediate settings`` prints all follow from that declaration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from gridmediate.domain.problems import Faults, Problem
from gridmediate.domain.tile_addresses import SUBDOMAINS, TileAddressUnusable, TilesInDegrees, TilesShifted, read_tile_addresses
from gridmediate.domain.vocabulary import LANGUAGES, Label

#: What every variable's name begins with.
PREFIX = "GRIDMEDIATE_"

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


class SettingInvalid(Problem):
    """A variable of the environment has a value that cannot be used."""

    code = "setting.invalid"
    sentence = Label(
        "环境变量 {variable} 的值“{got}”不能用，应为：{expected}。请改正后再启动。",
        "The environment variable {variable} is “{got}”; expected {expected}. Correct it and start again.",
    )


class SettingUnknown(Problem):
    """A variable begins with our prefix but names no setting, so that a misspelt one does not pass unseen."""

    code = "setting.unknown"
    sentence = Label(
        "没有 {variable} 这个设置。可用的设置见 gridmediate settings，请核对拼写。",
        "There is no setting {variable}. Run “gridmediate settings” for those there are, and check the spelling.",
    )


class _Unreadable(ValueError):
    """Carries what a parser expected."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.expected = Label(zh, en)


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One setting as a person reads it.

    Parameters
    ----------
    name, variable : str
        The attribute of :class:`Settings` and the variable of the environment.
    value, default : str
        What is in force and what holds when nothing is set; passwords are left out.
    unit : str
        What the number counts, or the kind of text.
    help : Label
        What it is for.
    """

    name: str
    variable: str
    value: str
    default: str
    unit: str
    help: Label


def _setting(default: Any, unit: str, zh: str, en: str, parse: Callable[[str], Any], shown: str | None = None, *,
             is_secret: bool = False) -> Any:
    return field(default=default, repr=not is_secret,
                 metadata={"unit": unit, "help": Label(zh, en), "parse": parse, "shown": shown, "is_secret": is_secret})


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise _Unreadable(f"{least} 到 {most} 的整数", f"a whole number from {least} to {most}")
        return int(text)

    return parse


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _TRUE | _FALSE:
        raise _Unreadable("1 或 0", "1 or 0")
    return text.lower() in _TRUE


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise _Unreadable("、".join(choices) + " 之一", "one of " + ", ".join(choices))
        return text

    return parse


def _matching(pattern: str, zh: str, en: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise _Unreadable(zh, en)
        return text

    return parse


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    # "*" would switch the check off: a forged Host header then goes into every link the program writes.
    if not names or not all(re.fullmatch(r"\.?[A-Za-z0-9:\[\]._-]+", name) for name in names):
        raise _Unreadable("用逗号分开的主机名，不带端口和星号", "host names separated by commas, without ports or asterisks")
    return names


def _tile_addresses(text: str) -> tuple[str, ...]:
    try:
        return read_tile_addresses(text)
    except (TileAddressUnusable, TilesInDegrees, TilesShifted) as refusal:
        raise _Unreadable(refusal.say("zh"), refusal.say("en")) from refusal


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one running program.

    The database and the two key files, when left empty, follow :attr:`instance_folder`, and :attr:`cookie_secure` follows
    :attr:`demonstration`; after construction all have their values.

    Raises
    ------
    SettingInvalid
        From :meth:`from_environment`, one for each value that cannot be used, together in ``Faults`` if several.
    """

    instance_folder: Path = _setting(
        Path("instance"),
        "folder",
        "数据库、密钥和上传文件所在文件夹",
        "Folder of the database, the keys and uploaded files",
        Path,
    )
    database_url: str = _setting(
        "",
        "URL",
        "数据库地址：sqlite:/// 或 postgresql+psycopg://",
        "Address of the database: sqlite:/// or postgresql+psycopg://",
        _matching(
            r"(sqlite|postgresql\+psycopg)://.+",
            "sqlite:/// 或 postgresql+psycopg:// 地址",
            "a sqlite:/// or postgresql+psycopg:// address",
        ),
        "sqlite:///INSTANCE_FOLDER/gridmediate.sqlite3",
    )
    secret_file: Path = _setting(
        None,
        "file",
        "签名用密钥文件，首次运行时生成，仅本人可读",
        "Key that signs forms and links; made at first run, readable by its owner only",
        Path,
        "INSTANCE_FOLDER/secret.key",
    )
    keyring_file: Path = _setting(
        None,
        "file",
        "个人信息加密密钥文件，丢失后数据无法恢复，须另行备份",
        "Keys of the encrypted personal fields; without them those fields are lost, so keep a copy elsewhere",
        Path,
        "INSTANCE_FOLDER/keyring.json",
    )
    host: str = _setting(
        "127.0.0.1",
        "address",
        "监听地址",
        "Address the server listens on",
        _matching(r"[A-Za-z0-9:._-]+", "IP 地址或主机名", "an IP address or a host name"),
    )
    port: int = _setting(8000, "port number", "监听端口", "Port the server listens on", _whole(1, 65535))
    threads: int = _setting(8, "threads", "同时处理的请求数", "Requests answered at the same time", _whole(1, 256))
    trusted_hosts: tuple[str, ...] = _setting(
        ("127.0.0.1", "localhost", "[::1]"),
        "host names",
        "允许访问所用的主机名",
        "Host names under which the program may be reached",
        _hosts,
    )
    proxy_count: int = _setting(0, "proxies", "前面有几层可信的反向代理", "Trusted reverse proxies in front", _whole(0, 5))
    cookie_secure: bool = _setting(
        None,
        "1 or 0",
        "登录状态只经 https 传送",
        "Send the sign-in cookie over https only",
        _yes_or_no,
        "1, in the demonstration without https 0",
    )
    session_idle_minutes: int = _setting(
        30, "minutes", "多久不操作就退出", "Idle time after which a person is signed out", _whole(1, 1440)
    )
    session_absolute_minutes: int = _setting(
        720, "minutes", "一次登录最长多久", "Longest time one sign-in lasts", _whole(5, 10080)
    )
    lockout_tries: int = _setting(
        5, "tries", "连续输错几次密码后锁定", "Wrong passwords in a row before the account is locked", _whole(3, 100)
    )
    lockout_minutes: int = _setting(15, "minutes", "锁定多久", "How long it stays locked", _whole(1, 1440))
    argon2_time_cost: int = _setting(2, "passes", "密码散列的轮数", "Passes of the password hash", _whole(1, 10))
    argon2_memory_kib: int = _setting(19456, "KiB", "密码散列所用内存", "Memory of the password hash", _whole(64, 1048576))
    argon2_parallelism: int = _setting(1, "lanes", "密码散列的并行数", "Lanes of the password hash", _whole(1, 16))
    max_upload_bytes: int = _setting(33554432, "bytes", "一次上传的上限", "Largest upload", _whole(1024, 1073741824))
    downloads_per_day: int = _setting(
        30, "files", "一个账号一天最多下载几份格图文件", "Files of the map that one account may take in a day", _whole(1, 1000)
    )
    picture_font: Path | None = _setting(
        None, "file", "画图用的中文字体文件（ttf、otf、ttc）；不填则找系统里的，都没有就不写中文",
        "Font file with Chinese letters for drawn maps; None: the system's are looked for; without any, pictures are in English",
        Path, "none",
    )
    far_position_m: int = _setting(
        3000, "metres", "离自己的网格多远的位置要上报人再认一次",
        "Distance from a filer's own cells beyond which a position is questioned", _whole(100, 1000000),
    )
    exports_a_day: int = _setting(
        3, "exports", "一个账号一天可以导出几次案件名单", "Lists of cases that one account may export in a day", _whole(1, 50)
    )
    language: str = _setting(
        "zh", "language", "访客未选择时的语言", "Language of a visitor who has not chosen", _one_of(*LANGUAGES)
    )
    demonstration: bool = _setting(
        False, "1 or 0", "演示：页面标明，显示演示账号", "Demonstration: pages say so and show its accounts", _yes_or_no
    )
    scheduler: bool = _setting(
        True, "1 or 0", "服务运行时每分钟查一次时限并发出通知；几个进程也只有一个在做",
        "While serving, look after deadlines and send notices every minute; of several processes one does it", _yes_or_no,
    )
    offline: bool = _setting(
        True, "1 or 0", "手机没网也能打开上报页；设为 0 时，已装在手机上的离线部分会自行撤下，未发出的不受影响",
        "Phones open the filing page without a network; 0 takes the offline part off them again and leaves what waits there",
        _yes_or_no,
    )
    public_address: str = _setting(
        "", "URL", "通知里链接的开头，如 https://geli.example.cn；不填则通知只进收件箱",
        "What links in notices begin with, e.g. https://gm.example.org; without it notices stay in the inbox",
        _matching(r"https?://[A-Za-z0-9.:\[\]-]+(/[\w./-]*)?", "http 或 https 地址", "an http or https address"), "none",
    )
    smtp_host: str = _setting(
        "", "host name", "发邮件的服务器；不填则不发邮件", "Mail server; without it no e-mail is sent",
        _matching(r"[A-Za-z0-9:._-]+", "IP 地址或主机名", "an IP address or a host name"), "none",
    )
    smtp_port: int = _setting(587, "port number", "邮件服务器端口", "Port of the mail server", _whole(1, 65535))
    smtp_tls: str = _setting(
        "starttls", "starttls, ssl or none", "邮件加密：starttls、ssl，或 none（仅限本机转发）",
        "How mail is encrypted: starttls, ssl, or none (a relay on this machine only)", _one_of("starttls", "ssl", "none"),
    )
    smtp_user: str = _setting(
        "", "name", "邮件服务器账号；不填则不登录", "Account at the mail server; without it there is no sign-in", str, "none"
    )
    smtp_password: str = _setting("", "password", "邮件服务器密码", "Password at the mail server", str, "none", is_secret=True)
    smtp_from: str = _setting(
        "", "e-mail address", "发件地址；不填则不发邮件", "Sender's address; without it no e-mail is sent",
        _matching(r"[^@\s<>,]+@[A-Za-z0-9.-]+", "一个电子邮件地址", "one e-mail address"), "none",
    )
    webhook_file: Path | None = _setting(
        None, "file", "群机器人名单（TOML），写明部门或街道、地址和密钥，仅本人可读；不填则不发",
        "Group robots (TOML): department or street, address and secret; readable by its owner only. None: nothing is sent",
        Path, "none",
    )
    webhook_hosts: tuple[str, ...] = _setting(
        (), "host names", "群机器人可以用的主机名，如 qyapi.weixin.qq.com,oapi.dingtalk.com",
        "Hosts that group robots may be at, e.g. qyapi.weixin.qq.com,oapi.dingtalk.com", _hosts, "none",
    )
    sms_file: Path | None = _setting(
        None, "file", "试用：短信写进这个文件，不真发；不填则没有短信",
        "For trials: text messages are written into this file and not sent. None: no text messages", Path, "none",
    )
    trusted_certificates: Path | None = _setting(
        None, "file", "除系统自带的以外还信任的证书（PEM），用于邮件和群机器人",
        "Certificates to trust besides the system's own (PEM), for mail and group robots", Path, "none",
    )
    send_timeout_seconds: int = _setting(
        10, "seconds", "发一条通知最多等对方多久", "Longest wait for the other side while sending a notice", _whole(1, 30)
    )

    record_no: str = _setting("", "text", "备案号，显示在每页页脚；不填则不显示",
                              "Record-filing number (备案号), shown at the foot of pages; None: not shown", str, "none")
    complaint_phone: str = _setting(
        "", "phone number", "投诉、建议电话，显示在“关于”页；没登记街道投诉电话的网格也用它",
        "Phone for complaints and suggestions, on the about page and for cells whose street has entered none", str, "none",
    )
    complaint_address: str = _setting(
        "", "address", "收投诉、建议的地址或邮箱，显示在“关于”页",
        "Address or e-mail address for complaints and suggestions, on the about page", str, "none",
    )
    papers_folder: Path | None = _setting(
        None, "folder", "本单位自己的文书模板所在文件夹，文件名与自带的相同；不填则都用自带的",
        "Folder of the office's own templates of papers, named as ours; None: ours are used", Path, "none",
    )

    basemap_folder: Path | None = _setting(
        None, "folder", "底图文件（PMTiles 或 MBTiles）放在这个文件夹里就用；没有文件就看瓦片地址",
        "A base map file (PMTiles or MBTiles) dropped into this folder is used; without one, the tile addresses are", Path,
        "INSTANCE_FOLDER/basemap",
    )
    tile_addresses: tuple[str, ...] = _setting(
        (), "https addresses", "底图瓦片地址，下层在前，空格分开，如天地图 vec_w 和 cva_w；看图的位置会让图源方知道",
        "Addresses of tiles (XYZ or WMTS), lowest layer first, apart by spaces; whoever serves them learns where one looks",
        _tile_addresses, "none",
    )
    tile_key: str = _setting(
        "", "key", "瓦片地址里 {key} 的值（浏览器端密钥，看图的人看得到）",
        "What stands for {key} in those addresses (a browser's key: whoever sees the map can read it)",
        _matching(r"[\x21-\x7e]{1,200}", "不含空格的密钥", "a key without spaces"), "none", is_secret=True,
    )
    tile_subdomains: str = _setting(
        SUBDOMAINS, "letters or figures", "瓦片地址里 {s} 的取值，一个字符一个子域名",
        "What {s} in those addresses may be, one letter or figure for each subdomain",
        _matching(r"[a-z0-9]{1,16}", "1 到 16 个小写字母或数字", "1 to 16 small letters or figures"),
    )
    tile_most_zoom: int = _setting(
        18, "zoom level", "瓦片最大级别，再近就放大", "Highest level there are tiles of; nearer ones are enlarged", _whole(1, 24)
    )
    tile_credit: str = _setting(
        "", "text", "图上注明的底图来源，如 天地图", "Source of the base map as the map names it, e.g. Tianditu",
        _matching(r"[^<>\x00-\x1f]{1,120}", "120 字以内的文字", "a text of at most 120 letters"), "none",
    )
    map_review_no: str = _setting(
        "", "text", "审图号，显示在每张地图的角上，如 GS(2024)0650号",
        "Number of the map's official review, shown in the corner of every map",
        _matching(r"[^<>\x00-\x1f]{1,60}", "60 字以内的文字", "a text of at most 60 letters"), "none",
    )
    position_datum: str = _setting(
        "wgs84", "wgs84 or gcj02", "手机定位用的坐标系；只有确知浏览器给的是 GCJ-02 时才改",
        "Datum of the positions that browsers give; change it only where they are known to be GCJ-02", _one_of("wgs84", "gcj02"),
    )
    https: bool = _setting(
        False, "1 or 0", "用本机自制的证书以 https 提供（手机定位和离线要用）；正式使用请用单位自己的证书",
        "Serve over https with a certificate made on this machine (phones need it for position and offline work)", _yes_or_no,
    )
    tls_certificate: Path | None = _setting(
        None, "file", "单位自己的证书（PEM，含中间证书），与下一项一起设",
        "The office's own certificate (PEM, with its chain), together with the next", Path, "none",
    )
    tls_key: Path | None = _setting(None, "file", "该证书的私钥（PEM）", "The key of that certificate (PEM)", Path, "none")

    def __post_init__(self) -> None:
        """Give the settings that follow from others their values."""
        folder = Path(self.instance_folder).absolute()
        self._set("instance_folder", folder)
        self._set("database_url", self.database_url or f"sqlite:///{folder / 'gridmediate.sqlite3'}")
        self._set("secret_file", Path(self.secret_file or folder / "secret.key").absolute())
        self._set("keyring_file", Path(self.keyring_file or folder / "keyring.json").absolute())
        self._set("basemap_folder", Path(self.basemap_folder or folder / "basemap").absolute())
        by_default = not self.demonstration or self.is_https
        self._set("cookie_secure", by_default if self.cookie_secure is None else self.cookie_secure)

    @property
    def is_https(self) -> bool:
        """Whether the program itself answers over https."""
        return self.https or self.tls_certificate is not None

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)  # the only way into a frozen value, used while it is being made

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings from variables such as ``GRIDMEDIATE_PORT``; an empty one counts as not set.

        Parameters
        ----------
        environment : mapping of str to str
            As ``os.environ``.

        Raises
        ------
        SettingInvalid, SettingUnknown
            If one variable cannot be used.
        Faults
            If several cannot.
        """
        known = {variable_of(each): each for each in fields(cls)}
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for variable, raw in sorted(environment.items()):
            if not variable.startswith(PREFIX):
                continue
            if variable not in known:
                problems.append(SettingUnknown(variable=variable))
            elif text := raw.strip():
                try:
                    values[known[variable].name] = known[variable].metadata["parse"](text)
                except _Unreadable as refusal:
                    problems.append(SettingInvalid(variable=variable, got=_without_password(text), expected=refusal.expected))
        if problems:
            raise problems[0] if len(problems) == 1 else Faults(problems)
        return cls(**values)

    def describe(self) -> tuple[SettingDescription, ...]:
        """Return every setting with its value, default, unit and help, in the order of declaration."""
        return tuple(
            SettingDescription(
                name=each.name,
                variable=variable_of(each),
                value="…" if each.metadata["is_secret"] and getattr(self, each.name) else _as_text(getattr(self, each.name)),
                default=each.metadata["shown"] or _as_text(each.default),
                unit=each.metadata["unit"],
                help=each.metadata["help"],
            )
            for each in fields(self)
        )


def variable_of(setting: Field[Any]) -> str:
    """Return the variable of the environment that a field of :class:`Settings` is read from."""
    return PREFIX + setting.name.upper()


def _as_text(value: Any) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case None:
            return ""
        case tuple():
            return ",".join(value)
        case _:
            return _without_password(str(value))


def _without_password(text: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:…@", text)
