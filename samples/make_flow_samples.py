#!/usr/bin/env python3
"""Makes security/flows/: invented network flows in the shape of three published sets, quirks included."""
import pathlib
import random

FOLDER = pathlib.Path(__file__).parent / "security/flows"
IOT_FIELDS = ("ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state "
              "local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes").split()
IOT_TYPES = ("time string addr port addr port enum string interval count count string bool bool count string count "
             "count count count").split()
LOOSE = "   "  # IoT-23 has three blanks between its last columns.


def zeek(draw: random.Random) -> None:
    families = ["DDoS", "C&C", "PartOfAHorizontalPortScan", "Okiru"]
    lines = ["#separator \\x09", "#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn",
             "#open\t2026-01-01-00-00-00",
             "\t".join(["#fields", *IOT_FIELDS, LOOSE.join(["tunnel_parents", "label", "detailed-label"])]),
             "\t".join(["#types", *IOT_TYPES, LOOSE.join(["set[string]", "string", "string"])])]
    for number in range(160):
        bad = number % 2 == 1
        proto = draw.choice(["tcp", "tcp", "udp"])
        whole = draw.random() < 0.6
        duration = f"{draw.randrange(9_000_000) / 1e6:.6f}" if whole else "-"
        sent, received = (str(draw.randrange(600)), str(draw.randrange(3000))) if whole else ("-", "-")
        row = [f"1767225600.{number:06}", f"C{number:08x}", "192.0.2.10", draw.choice([0, draw.randrange(1024, 65536)]),
               f"198.51.100.{draw.randrange(1, 255)}", draw.choice([22, 23, 53, 80, 123]), proto,
               draw.choice(["-", "dns", "http"]), duration, sent, received, draw.choice(["S0", "SF", "REJ", "OTH"]), "-",
               "-", 0, draw.choice(["S", "ShAdDafF", "-"]) if proto == "tcp" else "D", 1, 60, 0, 0]
        label = LOOSE.join(["(empty)" if number % 5 else "-", "Malicious" if bad else "Benign",
                            draw.choice(families) if bad else "-"])
        lines.append("\t".join(map(str, [*row, label])))
    lines.append("#close\t2026-01-01-01-00-00")
    (FOLDER / "conn.log.labeled").write_text("\n".join(lines) + "\n", encoding="utf-8")


def cic(draw: random.Random) -> None:
    header = [" Destination Port", " Flow Duration", " Total Fwd Packets", "Total Length of Fwd Packets",
              " Total Length of Bwd Packets", "Flow Bytes/s", " Fwd Header Length", "FIN Flag Count", " SYN Flag Count",
              " RST Flag Count", " ACK Flag Count", " Fwd Header Length", " Label"]
    labels = ["DDoS", "PortScan", "DoS Hulk", "Web Attack \ufffd Brute Force", "Web Attack \u2013 XSS", "FTP-Patator"]
    lines = [",".join(header)]
    for number in range(120):
        duration = 0 if number % 17 == 0 else draw.randrange(1, 90_000_000)
        sent, received = draw.randrange(2000), draw.randrange(9000)
        rate = ["NaN", "Infinity"][number % 2] if duration == 0 else repr((sent + received) / duration * 1e6)
        lines.append(",".join(map(str, [
            draw.choice([22, 53, 80, 443]), duration, 2, sent, received, rate, 40, *(draw.randrange(2) for _ in range(4)), 40,
            "BENIGN" if number % 3 else draw.choice(labels)])))
    (FOLDER / "cic-ids-2017.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def unsw(draw: random.Random) -> None:
    families = ["Generic", "Exploits", "Fuzzers", "DoS", "Reconnaissance", "Worms"]
    lines = ["id,dur,proto,service,state,spkts,dpkts,sbytes,dbytes,attack_cat,label"]
    for number in range(1, 121):
        bad = number % 2 == 0
        lines.append(",".join(map(str, [
            number, draw.choice(["0", "0.000009", f"{draw.randrange(3_000_000) / 1e6:.6f}"]),
            draw.choice(["tcp", "udp", "unas"]), draw.choice(["-", "dns", "http"]), draw.choice(["INT", "FIN", "CON", "REQ"]),
            2, 0, 46 + draw.randrange(3000), draw.choice([0, draw.randrange(3000)]),
            draw.choice(families) if bad else "Normal", int(bad)])))
    (FOLDER / "unsw-nb15.csv").write_bytes(("\ufeff" + "\r\n".join(lines) + "\r\n").encode())


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    zeek(random.Random(1))
    cic(random.Random(2))
    unsw(random.Random(3))
