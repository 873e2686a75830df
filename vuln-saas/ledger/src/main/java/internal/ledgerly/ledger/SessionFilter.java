package internal.ledgerly.ledger;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Random;
import javax.crypto.Cipher;
import javax.servlet.http.Cookie;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.owasp.encoder.Encode;

public class SessionFilter extends HttpServlet {
  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
    String visitor = Long.toString(new Random().nextLong());
    Cookie remembered = new Cookie("visitor", visitor);
    remembered.setHttpOnly(true);
    remembered.setSecure(false);
    response.addCookie(remembered);

    byte[] bytes = new byte[32];
    new SecureRandom().nextBytes(bytes);
    Cookie session = new Cookie("session", hex(bytes));
    session.setHttpOnly(true);
    session.setSecure(true);
    response.addCookie(session);

    request.getSession().setAttribute("role", request.getParameter("role"));
    response.getWriter().println("<p>Welcome " + request.getParameter("name") + "</p>");
    response.getWriter().println("<p>From " + Encode.forHtml(request.getParameter("city")) + "</p>");
    response.sendRedirect(request.getParameter("next"));
  }

  byte[] fingerprint(byte[] document) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("MD5").digest(document);
  }

  byte[] seal(byte[] document) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-256").digest(document);
  }

  Cipher legacy() throws Exception {
    return Cipher.getInstance("DES/CBC/PKCS5Padding");
  }

  Cipher current() throws Exception {
    return Cipher.getInstance("AES/GCM/NoPadding");
  }

  int backoffMs(int attempt) {
    return attempt * 100 + new Random().nextInt(50);
  }

  private static String hex(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (byte value : bytes) {
      text.append(String.format("%02x", value));
    }
    return text.toString();
  }
}
