namespace UdpTun.Host.Configuration;

/// <summary>Files of the configuration.</summary>
internal static class TextFile
{
    /// <exception cref="ConfigurationException">It cannot be read; the message begins with its path.</exception>
    internal static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ConfigurationException.At(path, Explain(e, path), e);
        }
    }

    private static string Explain(Exception e, string path) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException when File.Exists(path) =>
            $"the user {Environment.UserName} may not read it; 'chown {Environment.UserName} {path}' gives it to whom the program runs as",
        _ => e.Message.TrimEnd('.'),
    };
}
