"""Makes common_passwords.txt: well-known passwords, and the patterns people make of common words.

python svc_auth/data/make_common_passwords.py
"""

from __future__ import annotations

from pathlib import Path

WORDS = """
password passwort contrasena contraseña clave secret secreto letmein welcome bienvenido admin administrator root
user usuario guest invitado login test testing tester prueba demo default changeme master monkey dragon
shadow sunshine princess princesa football futbol baseball basketball soccer hockey superman batman spiderman pokemon
starwars trustno iloveyou teamo teamomucho tequiero mylove amor lovely loveme love freedom whatever computer internet
google facebook twitter instagram whatsapp telegram youtube microsoft windows apple samsung android iphone linux
qwerty qwertz azerty asdf asdfgh zxcvbn qazwsx abc abcd abcdef abcdefg abcdefgh chocolate cookie banana orange
apple cherry strawberry pepper ginger coffee summer winter spring autumn verano invierno primavera otono
january february march april may june july august september october november december
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves viernes sabado domingo
michael jordan jennifer jessica ashley michelle daniel andrew anthony robert william charles thomas matthew joshua
joseph george richard david james john maria jose juan antonio manuel francisco javier carlos miguel pedro pablo
luis jorge alberto alejandro fernando sergio andres ricardo roberto eduardo mario diego daniela andrea laura carmen
ana isabel cristina marta patricia sofia lucia paula elena claudia valentina camila natalia gabriela alejandra
nicole amanda melissa samantha stephanie elizabeth charlie buster tigger max bailey harley cooper killer hunter
ranger soldier warrior knight wizard magic mustang ferrari porsche mercedes corvette yamaha honda toyota nissan
barcelona realmadrid madrid atletico chelsea arsenal liverpool manchester juventus milan boca bocajuniors riverplate
america chivas mexico espana spain argentina colombia chile peru venezuela ecuador london paris berlin newyork
california texas florida canada australia england france germany italia brasil china japan india
yankees cowboys steelers eagles lakers bulls redsox patriots packers raiders
hello hola ninja azerty jesus jesuschrist cristo dios god angel angels diablo devil heaven blessed faith hope
family familia friends amigos mother madre father padre mama papa hermano hermana brother sister baby bebe
flower rainbow butterfly mariposa unicorn kitty gatito perrito puppy tiger lion leon eagle wolf bear panther
phoenix falcon cobra python matrix hacker gamer player minecraft fortnite roblox naruto sasuke goku dragonball
zelda mario sonic pikachu nintendo playstation xbox counterstrike warcraft starcraft diablo
money dinero bitcoin gold silver diamond diamante platinum golden lucky success winner champion
school escuela colegio student estudiante teacher profesor company empresa office oficina work trabajo
house casa home garden music musica guitar guitarra metallica nirvana eminem beatles slipknot
blue azul red rojo green verde black negro white blanco yellow purple pink
access acceso server database oracle system sistema security seguridad network mobile phone telefono
chat charla message mensaje nothing nada forever siempre life vida happy feliz crazy loco beautiful hermosa
corazon estrella luna cielo angelito bonita chiquita hermoso gordito muneca preciosa mivida miamor
sweet sugar honey candy peanut pumpkin snoopy mickey minnie garfield simpson pirate vampire zombie
fuckyou asshole bitch pussy sexy sexsex biteme killme hateyou badboy badgirl bigboy babygirl
passw passwd pass pwd passphrase mypassword thepassword newpassword oldpassword letmein
startrek gandalf hobbit legolas frodo hogwarts harrypotter voldemort gryffindor avengers ironman thor hulk
""".split()  # noqa: SIM905 - a wall of words, not of quotes

PLAIN = """
1234567890 0123456789 12345678910 123456789a 1234567891 9876543210 0987654321 123123123123 112233445566
123456123456 123456789123 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw2 qwertyuiop qwertyuiop123 asdfghjkl asdfghjklñ
zxcvbnm123 qazwsxedc qazwsxedcrfv abcdefghij abcdefghijk abc123456789 a123456789 aa123456789 q1w2e3r4t5 q1w2e3r4t5y6
1111111111 0000000000 5555555555 9999999999 1212121212 1231231231 7777777777 aaaaaaaaaa passwordpassword
password1234 password12345 iloveyou1234 iloveyou123 trustno1trustno1 letmein12345 welcome12345 changeme1234
administrator1 superadmin123 p@ssw0rd1234 passw0rd1234 qwerty123456 123456qwerty qwerty12345 1234qwerasdf qwer1234asdf
asdf1234qwer zaq12wsxcde3 zaq1xsw2cde3 1a2b3c4d5e 1a2b3c4d5e6f a1b2c3d4e5 a1b2c3d4e5f6 mypassword123 thisismypassword
nopassword123 secretpassword ilovemyself ilovemyfamily iloveyouforever teamoporsiempre tequieromucho
contraseña123 contrasena123 contrasena1234 micontrasena mi contraseña holamundo123 helloworld123 helloworld1
letmeinplease openthedoor opensesame123 youllneverguess dontforget123 computer1234 internet1234 football1234
""".split()  # noqa: SIM905 - a wall of words, not of quotes

YEARS = ("2019", "2020", "2021", "2022", "2023", "2024", "2025", "2026")
TAILS = ("", "1", "123", "1234", "12345", "123456", "!", "123!", "2024", "2025", "2026")


def made() -> set[str]:
    """Return every entry, in lower case; whole words too, which `strength` finds behind tails and leet."""
    words = {word.lower() for word in WORDS if len(word) >= 4}
    tailed = {word + tail for word in words for tail in TAILS if len(word + tail) >= 8}
    pairs = {first + second for first in ("my", "the", "mi", "i love ".replace(" ", ""), "super") for second in words}
    dated = {word + year for word in words if len(word) >= 6 for year in YEARS[:5]}
    return {entry for entry in words | tailed | pairs | dated | set(PLAIN) if entry.isascii() or len(entry) >= 8}


if __name__ == "__main__":
    Path(__file__).with_name("common_passwords.txt").write_text("\n".join(sorted(made())) + "\n", encoding="utf-8")
