package charla.discovery;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;

/** The registry in which every instance of Charla stands, by its sidecar. */
@SpringBootApplication
@EnableEurekaServer
public class DiscoveryServer {

    public static void main(String[] arguments) {
        SpringApplication.run(DiscoveryServer.class, arguments);
    }
}
