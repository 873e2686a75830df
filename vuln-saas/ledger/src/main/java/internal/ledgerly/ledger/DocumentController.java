package internal.ledgerly.ledger;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.net.URL;
import javax.xml.parsers.DocumentBuilderFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestTemplate;

@RestController
public class DocumentController {
  private static final File ARCHIVE = new File("/srv/archive");
  private final RestTemplate partners = new RestTemplate();

  @GetMapping("/documents")
  public byte[] read(@RequestParam String name) throws IOException {
    try (InputStream document = new FileInputStream(new File(ARCHIVE, name))) {
      return document.readAllBytes();
    }
  }

  @GetMapping("/documents/{id}/latest")
  public byte[] latest(@PathVariable long id) throws IOException {
    try (InputStream document = new FileInputStream(new File(ARCHIVE, id + ".pdf"))) {
      return document.readAllBytes();
    }
  }

  @GetMapping("/previews")
  public String preview(@RequestParam String address) {
    return partners.getForObject(address, String.class);
  }

  @GetMapping("/rates")
  public byte[] rates(@RequestParam String currency) throws IOException {
    return new URL("https://rates.ledgerly.internal/daily?currency=" + currency).openStream().readAllBytes();
  }

  @PostMapping("/restore")
  public Object restore(@RequestBody InputStream state) throws IOException, ClassNotFoundException {
    return new ObjectInputStream(state).readObject();
  }

  @PostMapping("/import")
  public String importStatement(@RequestBody InputStream statement) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    return factory.newDocumentBuilder().parse(statement).getDocumentElement().getTagName();
  }

  @PostMapping("/import/checked")
  public String importChecked(@RequestBody InputStream statement) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newDocumentBuilder().parse(statement).getDocumentElement().getTagName();
  }

  @PostMapping("/convert")
  public int convert(@RequestParam String page) throws IOException, InterruptedException {
    String[] command = {"sh", "-c", "pdftoppm -f " + page + " /srv/archive/current.pdf"};
    return Runtime.getRuntime().exec(command).waitFor();
  }

  @PostMapping("/convert/all")
  public int convertAll(@RequestParam int page) throws IOException, InterruptedException {
    return Runtime.getRuntime().exec("pdftoppm -f " + page + " /srv/archive/current.pdf").waitFor();
  }
}
