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
            var missing = e is FileNotFoundException or DirectoryNotFoundException;
            throw ConfigurationException.At(path, missing ? "there is no such file" : e.Message.TrimEnd('.'), e);
        }
    }
}
