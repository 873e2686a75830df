package internal.ledgerly.ledger;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import javax.sql.DataSource;

public class StatementServlet extends HttpServlet {
  private static final Map<String, String> COLUMNS = Map.of("date", "booked_on", "amount", "amount_cents");
  private final DataSource ledger;

  public StatementServlet(DataSource ledger) {
    this.ledger = ledger;
  }

  @Override
  protected void doGet(HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
    try (Connection connection = ledger.getConnection()) {
      print(response, findByPartner(connection, request.getParameter("partner")));
      print(response, findByNumber(connection, request.getParameter("number")));
      print(response, findSorted(connection, request.getParameter("sort")));
    } catch (SQLException failure) {
      throw new ServletException(failure);
    }
  }

  private ResultSet findByPartner(Connection connection, String partner) throws SQLException {
    StringBuilder sql = new StringBuilder("SELECT * FROM statement WHERE open");
    if (partner != null) {
      sql.append(" AND partner = '").append(partner).append("'");
    }
    Statement statement = connection.createStatement();
    return statement.executeQuery(sql.toString());
  }

  private ResultSet findByNumber(Connection connection, String number) throws SQLException {
    PreparedStatement statement = connection.prepareStatement("SELECT * FROM statement WHERE number = ?");
    statement.setString(1, number);
    return statement.executeQuery();
  }

  private ResultSet findSorted(Connection connection, String sort) throws SQLException {
    String column = COLUMNS.getOrDefault(sort, "id");
    return connection.createStatement().executeQuery("SELECT * FROM statement ORDER BY " + column);
  }

  private void print(HttpServletResponse response, ResultSet rows) throws SQLException, IOException {
    Map<Integer, String> lines = new HashMap<>();
    while (rows.next()) {
      lines.put(rows.getInt("id"), rows.getString("number"));
    }
    response.setContentType("text/plain");
    for (String line : lines.values()) {
      response.getWriter().println(line);
    }
  }
}
