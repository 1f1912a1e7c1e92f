package charla.discovery;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.SecurityFilterChain;

/** Who may ask what: everybody whether it lives, and only who knows the password anything else. */
@Configuration
class Doors {

    @Bean
    SecurityFilterChain filters(HttpSecurity http) throws Exception {
        return http
                .authorizeHttpRequests(asked -> asked
                        .requestMatchers("/actuator/health/**").permitAll()
                        .anyRequest().authenticated())
                .httpBasic(Customizer.withDefaults())
                .sessionManagement(kept -> kept.sessionCreationPolicy(SessionCreationPolicy.STATELESS))
                // Nobody is signed in by a cookie, so no page can make a browser act for them.
                .csrf(forged -> forged.disable())
                .build();
    }

    /**
     * The password is 256 random bits and comes with every heartbeat: a slow hash would protect nothing, and take
     * half a core.
     */
    @Bean
    PasswordEncoder passwords() {
        return new PasswordEncoder() {
            @Override
            public String encode(CharSequence raw) {
                return raw.toString();
            }

            @Override
            public boolean matches(CharSequence raw, String kept) {
                return MessageDigest.isEqual(bytes(raw.toString()), bytes(kept));
            }
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
