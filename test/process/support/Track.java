import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Sends a body to Mixpanel with both of Java's clients. */
public class Track {
  public static void main(String[] args) throws Exception {
    var url = URI.create("https://api.mixpanel.com/track");
    var body = HttpRequest.BodyPublishers.ofString(args[0]);
    var request = HttpRequest.newBuilder(url).header("Content-Type", "application/json").POST(body).build();
    System.out.println(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body());
    var connection = (HttpURLConnection) url.toURL().openConnection();
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.getOutputStream().write(args[0].getBytes());
    System.out.println(new String(connection.getInputStream().readAllBytes()));
  }
}
